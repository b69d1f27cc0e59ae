// The processes view: a line for each life from birth to collection.

views.push({
  name: "processes",
  title: "Processes",

  init() {},

  draw() {},
});
