"use strict";
// Filters and search. What is shown stands in the fragment: #?severity=breaking&q=vpc, or #CHANGE.
(() => {
  const FACETS = ["severity", "cause", "direction", "resource"];
  const form = document.getElementById("filter");
  const shown = document.getElementById("shown");
  const none = document.getElementById("none");

  // A change may have two directions; of all else it has one, which may hold spaces.
  const readValues = (name, value) => (name === "direction" ? value.split(" ") : [value]);
  const readItems = (selector, facets) =>
    Array.from(document.querySelectorAll(selector), (element) => ({
      element,
      text: element.textContent.toLowerCase(),
      values: new Map(facets.map((name) => [name, readValues(name, element.dataset[name])])),
    }));
  const changes = readItems(".change", FACETS);
  const entries = readItems(".entry", ["state"]);
  const groups = Array.from(document.querySelectorAll(".group"));

  const readChoice = () => {
    const chosen = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (value.trim()) chosen.append(name, value);
    }
    return chosen;
  };

  // Show the items that have one of the chosen values of each facet, and every word of the search.
  // Beside a value stands how many there would be of it, as all other facets are.
  const filter = (items, facets, chosen, words) => {
    const tally = new Map();
    for (const { element, text, values } of items) {
      const found = words.every((word) => text.includes(word));
      const missed = facets.filter((name) => {
        const wanted = chosen.getAll(name);
        return wanted.length && !wanted.some((value) => values.get(name).includes(value));
      });
      element.hidden = !found || missed.length > 0;
      for (const name of found ? facets : []) {
        if (missed.some((other) => other !== name)) continue;
        for (const value of values.get(name)) {
          const key = `${name} ${value}`;
          tally.set(key, (tally.get(key) ?? 0) + 1);
        }
      }
    }
    return tally;
  };

  const show = () => {
    const chosen = readChoice();
    const words = (chosen.get("q") ?? "").toLowerCase().split(/\s+/).filter(Boolean);
    const tally = new Map([
      ...filter(changes, FACETS, chosen, words),
      ...filter(entries, ["state"], chosen, words),
    ]);
    for (const count of document.querySelectorAll("[data-facet]")) {
      const number = tally.get(`${count.dataset.facet} ${count.dataset.value}`) ?? 0;
      count.textContent = number;
      count.toggleAttribute("data-none", number === 0);
    }
    for (const option of form.querySelectorAll("option[value]:not([value=''])")) {
      const number = tally.get(`resource ${option.value}`) ?? 0;
      option.textContent = `${option.dataset.label} (${number})`;
    }
    for (const group of groups) {
      const left = group.querySelectorAll(".change:not([hidden]), .entry:not([hidden])").length;
      group.hidden = left === 0;
      const count = group.querySelector(":scope > h3 > .count, :scope > summary .count");
      if (count) count.textContent = left;
    }
    const left = changes.filter(({ element }) => !element.hidden).length;
    shown.textContent = left === changes.length ? left : `${left} of ${changes.length}`;
    none.hidden = left > 0 || changes.length === 0;
  };

  const remember = () => {
    const chosen = String(readChoice());
    history.replaceState(null, "", location.href.split("#")[0] + (chosen ? `#?${chosen}` : "#"));
  };

  const restore = (chosen) => {
    for (const field of form.elements) {
      if (field.type === "checkbox") {
        field.checked = chosen.getAll(field.name).includes(field.value);
      } else if (field.name) {
        field.value = chosen.get(field.name) ?? "";
      }
    }
    show();
  };

  const openChange = (name) => {
    const change = document.getElementById(name)?.closest(".change");
    if (!change) return;
    if (change.hidden) restore(new URLSearchParams());
    change.open = true;
    change.scrollIntoView();
    change.querySelector(".body").focus({ preventScroll: true });
  };

  const follow = () => {
    const fragment = location.hash.slice(1);
    if (fragment.startsWith("?")) restore(new URLSearchParams(fragment));
    else openChange(fragment);
  };

  const changeTheme = () => {
    const themes = ["system", "light", "dark"];
    const label = document.querySelector("#theme span");
    const apply = (theme) => {
      label.textContent = theme;
      if (theme === "system") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = theme;
    };
    document.getElementById("theme").addEventListener("click", () => {
      const theme = themes[(themes.indexOf(label.textContent) + 1) % themes.length];
      apply(theme);
      try {
        localStorage.setItem("api-review-theme", theme);
      } catch {
        // Some browsers give a file no storage: the theme then lasts as long as the page.
      }
    });
    try {
      const theme = localStorage.getItem("api-review-theme");
      if (themes.includes(theme)) apply(theme);
    } catch {
      // As above.
    }
  };

  for (const hidden of document.querySelectorAll("#filter, #theme, .states-filter")) {
    hidden.hidden = false;
  }
  changeTheme();
  form.addEventListener("submit", (event) => event.preventDefault());
  const choose = ({ target: field }) => {
    if (field.form !== form) return;
    if (field.name === "state" && field.checked) {
      document.querySelector(`.state[data-state="${field.value}"]`).open = true;
    }
    show();
    remember();
  };
  // A browser that is driven by a program may tell of one of the two alone.
  document.addEventListener("input", choose);
  document.addEventListener("change", choose);
  form.addEventListener("reset", () => {
    // The fields are emptied after this event.
    setTimeout(() => {
      show();
      remember();
    });
  });
  for (const button of document.querySelectorAll("[data-open]")) {
    button.addEventListener("click", () => {
      for (const { element } of changes) {
        if (!element.hidden) element.open = button.dataset.open === "true";
      }
    });
  }
  document.addEventListener("keydown", (event) => {
    const search = form.elements.q;
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || !search) return;
    if (event.target.matches("input, select, textarea")) return;
    event.preventDefault();
    search.focus();
  });
  addEventListener("hashchange", follow);
  restore(new URLSearchParams());
  follow();
})();
