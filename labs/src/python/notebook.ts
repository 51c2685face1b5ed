/** A notebook (nbformat 4.5) with some words and one program. */
export function notebook(words: string, source: string): string {
  const cells = [
    { cell_type: "markdown", id: "words", metadata: {}, source: words },
    { cell_type: "code", id: "program", metadata: {}, execution_count: null, outputs: [], source: source.trimEnd() },
  ];
  const metadata = { kernelspec: { display_name: "Python 3", language: "python", name: "python3" }, language_info: { name: "python" } };
  return JSON.stringify({ cells, metadata, nbformat: 4, nbformat_minor: 5 }, null, 1);
}
