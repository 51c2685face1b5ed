/* Search for questions. Sphinx finds the pages that hold every word of a query, so that "my FID is 66, is that good?"
   finds none. Here words that carry no content are dropped, as are words that no page has; headings that hold most of
   what is left come first, with the place they stand at; and if no page has all words, those that have most are shown.
   Classic script: modules are blocked on file://. */
"use strict";

(() => {
  const EMPTY = new Set(
    ("a about all am an and any are as at be better but by can could do does every for from get give go goes good had has " +
      "have help how i if in is it its keep many me mean means much my need no not of on or s should so some than that " +
      "the them there these they thing this to too use very was we what when where which who why will with work would " +
      "wrong you your").split(" "),
  );
  /* What a learner says, and what a heading may say. */
  const ALIKE = [
    ["alike", "same", "identical", "similar", "collapse"],
    ["image", "picture", "sample", "fake", "output", "digit"],
    ["up", "rise", "rising", "increase", "grow", "growing"],
    ["down", "fall", "falling", "decrease", "drop"],
    ["grey", "gray", "noise", "noisy"],
    ["fid", "fréchet", "frechet"],
    ["wgan", "wasserstein", "critic"],
    ["jump", "spike", "oscillate", "unstable"],
    ["smooth", "smoothing", "smoothed"],
    ["backward", "backpropagation", "gradient"],
  ];
  const most = 8; // headings
  const enough = 0.5; // of the weight of a question

  const words = (text) => text.toLowerCase().match(/\d+\.\d+|[\p{L}\p{N}_]+/gu) ?? [];

  function install() {
    const stem = (word) => new Stemmer().stemWord(word);
    const kin = new Map();
    for (const group of ALIKE.map((all) => all.map(stem))) for (const word of group) kin.set(word, new Set(group));
    const content = (text) => words(text).filter((word) => !EMPTY.has(word)).map(stem);
    const matches = (wanted, there) => there.has(wanted) || [...(kin.get(wanted) ?? [])].some((word) => there.has(word));

    /* The headings of the book as [stems, title, file, id]. */
    const headings = () =>
      Object.entries(Search._index.alltitles).flatMap(([title, places]) =>
        places.map(([file, id]) => [new Set(content(title)), title, file, id]),
      );

    function byHeading(query) {
      const all = headings();
      const wanted = [...new Set(content(query))];
      const known = wanted.filter((word) => all.some(([there]) => matches(word, there)) || inText(word).length);
      const weights = known.map((word) => Math.log((all.length + 1) / (0.5 + all.filter(([there]) => matches(word, there)).length)));
      const total = weights.reduce((sum, weight) => sum + weight, 0);
      return all
        .map(([there, title, file, id]) => {
          const found = known.map((word, i) => (matches(word, there) ? weights[i] : 0)).reduce((a, b) => a + b, 0);
          return { share: found / total, long: there.size, title, file, id };
        })
        .filter(({ share, title }) => share >= enough && !title.startsWith("Solution to"))
        .sort((a, b) => a.share - b.share || b.long - a.long)
        .slice(-most)
        .map(({ title, file, id, share }) => result(file, title, id, 1000 + share));
    }

    const inText = (word) => [Search._index.terms[word] ?? [], Search._index.titleterms[word] ?? []].flat();

    /* Pages with most of the words, for questions that no page answers with all of them. */
    function byText(query) {
      const wanted = [...new Set(content(query))].filter((word) => inText(word).length);
      const counts = new Map();
      for (const word of wanted) for (const file of new Set(inText(word))) counts.set(file, (counts.get(file) ?? 0) + 1);
      return [...counts]
        .filter(([, count]) => count >= enough * wanted.length)
        .sort((a, b) => a[1] - b[1])
        .map(([file, count]) => result(file, Search._index.titles[file], null, count));
    }

    function result(file, title, id, score) {
      const { docnames, titles, filenames } = Search._index;
      const own = title.replace(/^\((.*)\)$/, "Exercise: $1");
      const name = titles[file] === title ? title : `${own} — ${titles[file]}`;
      return [docnames[file], name, id ? `#${id}` : "", null, score, filenames[file], "title"];
    }

    const asBefore = Search._performSearch;
    Search._performSearch = (query, terms, ...others) => {
      const asked = new Set([...terms].filter((word) => inText(word).length && !EMPTY.has(word)));
      const exact = asked.size ? asBefore(query, asked, ...others) : [];
      const text = exact.length ? exact : byText(query);
      const top = byHeading(query);
      const listed = new Set(top.map((found) => found[0] + found[2]));
      return [...text.filter((found) => !listed.has(found[0] + found[2])), ...top]; // the last is shown first
    };
  }

  if (typeof Search === "undefined") document.addEventListener("DOMContentLoaded", () => typeof Search !== "undefined" && install());
  else install();
})();
