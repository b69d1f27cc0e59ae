// The films that the page holds.

const page = { head: {}, films: [] };

// Read all that the page holds, give the text of it back to the browser, and return the first film.
async function openFilm() {
  page.head = JSON.parse(atob(document.getElementById("head").textContent));
  for (let number = 0; ; number++) {
    const element = document.getElementById(`reel-${number}`);
    if (element === null) break;
    page.films.push(new Film(await readReel(element)));
    element.textContent = "";
  }
  for (const film of page.films) Object.assign(film.head, page.head);
  return page.films[0];
}
