// Read what the page holds, and begin.

window.forklore = {
  ready: (async () => {
    const head = JSON.parse(atob(document.getElementById("head").textContent));
    const films = [];
    for (let number = 0; ; number++) {
      const element = document.getElementById(`reel-${number}`);
      if (element === null) break;
      films.push(new Film(await readReel(element)));
      element.textContent = "";
    }
    Object.assign(window.forklore, { head, films, film: films[0] });
  })(),
};
