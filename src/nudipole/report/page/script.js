"use strict";
(() => {
  const all = (query, root = document) => [...root.querySelectorAll(query)];
  const nav = document.querySelector("nav"), search = document.getElementById("search");
  const said = document.getElementById("found"), fold = document.getElementById("fold"), list = document.getElementById("contents");
  document.documentElement.classList.add("js");

  // A link into a folded section unfolds it.
  const unfold = () => {
    let at = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!at) return;
    const target = at;
    for (; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", unfold);
  all("a[href^='#']").forEach(link => link.addEventListener("click", () => {
    if (search.value) { search.value = ""; filter(); }
    nav.classList.remove("open");
    list.setAttribute("aria-expanded", "false");
    if (link.hash === location.hash) unfold();
  }));

  list.addEventListener("click", () => list.setAttribute("aria-expanded", String(nav.classList.toggle("open"))));

  fold.addEventListener("click", () => {
    const folded = all("main details").some(one => !one.open);
    all("main details").forEach(one => { one.open = folded; });
    fold.textContent = folded ? "Fold all" : "Unfold all";
  });

  // Tables: a button in each heading, which sorts by value where cells have one, else by words.
  const value = cell => cell.dataset.v !== undefined ? (cell.dataset.v === "" ? NaN : Number(cell.dataset.v)) : cell.textContent.trim();
  const before = (a, b) => typeof a === "number" && typeof b === "number" ? a - b : String(a).localeCompare(String(b), "en", { numeric: true });
  const empty = x => typeof x === "number" ? Number.isNaN(x) : x === "";
  all("table.sort").forEach(table => all("thead th", table).forEach((head, column) => {
    if (!head.textContent.trim()) return;
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      all("th", head.parentElement).forEach(other => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const rows = [...table.tBodies[0].rows].map(row => [value(row.cells[column]), row]);
      rows.sort(([a], [b]) => empty(a) - empty(b) || (down ? before(b, a) : before(a, b)));
      table.tBodies[0].append(...rows.map(([, row]) => row));
    });
  }));

  // Search: sections and items that have all words stay, in tables the rows that do.
  const texts = new Map();
  const text = node => {
    if (!texts.has(node)) texts.set(node, node.textContent.toLowerCase());
    return texts.get(node);
  };
  // As it is typed elsewhere, mu_nu, it is found as it is set.
  const greek = { nubar: "ν̄", mu: "µ", nu: "ν", tau: "τ", lambda: "λ", r2: "⟨r²⟩" };
  const set = word => /^[a-z0-9]+_[a-z0-9]+$/.test(word) ? word.replace(/nubar|mu|nu|tau|lambda|r2/g, part => greek[part]).replace("_", "") : word;
  let opened = [];
  const filter = () => {
    const words = search.value.toLowerCase().split(/\s+/).filter(Boolean).map(set);
    const has = node => words.every(word => text(node).includes(word));
    opened.forEach(one => { one.open = false; });
    opened = [];
    const rows = all("main table.sort > tbody > tr"), items = all("main details.item, #references li"), sections = all("main > section");
    [...rows, ...items, ...sections].forEach(node => { node.hidden = false; });
    said.textContent = "";
    if (!words.length) return;
    const matching = rows.filter(has);
    const tables = new Set(matching.map(row => row.closest("table")));
    rows.forEach(row => { row.hidden = tables.has(row.closest("table")) && !has(row); });
    items.forEach(item => { item.hidden = !has(item); });
    sections.forEach(section => { section.hidden = !has(section); });
    const hits = items.filter(item => !item.hidden && item.tagName === "DETAILS");
    tables.forEach(table => {
      const around = table.closest("details");
      if (around && !around.open) { around.open = true; opened.push(around); }
    });
    const shown = sections.filter(section => !section.hidden).length;
    said.textContent = shown ? `${shown} sections, ${hits.length} folds, ${matching.length} rows` : "nothing found";
  };
  let waiting;
  search.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(filter, 120); });
  addEventListener("keydown", event => {
    const typing = /^(INPUT|TEXTAREA)$/.test(document.activeElement.tagName);
    if (event.key === "/" && !typing) { event.preventDefault(); search.focus(); }
    if (event.key === "Escape" && typing) { search.value = ""; filter(); search.blur(); }
  });
  unfold();
})();
