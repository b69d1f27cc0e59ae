// The events around the present moment, as a list.

views.push({
  name: "events",
  title: "Events",

  init() {},

  draw() {},
});
