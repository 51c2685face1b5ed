// A question of several words is best answered by the index "Where to find what": the search lists it first.
var Scorer = {
  score: ([docname, , , , score]) => {
    const query = new URLSearchParams(window.location.search).get("q") || "";
    return docname === "topics" && query.trim().split(/\s+/).length > 2 ? score + 100 : score;
  },
  // The rest are the defaults of Sphinx.
  objNameMatch: 11,
  objPartialMatch: 6,
  objPrio: { 0: 15, 1: 5, 2: -5 },
  objPrioDefault: 0,
  title: 15,
  partialTitle: 7,
  term: 5,
  partialTerm: 2,
};
