/** Where a guess is kept: in the reader's browser and nowhere else. Where nothing can be kept, it lasts as long as the page is open. */

const key = (name: string): string => `ganlab-${name}`;

/** What was kept under a name; null if there is nothing, or nothing that can be read. */
export function recall(name: string): unknown {
  try {
    return JSON.parse(localStorage.getItem(key(name)) ?? "null");
  } catch {
    return null;
  }
}

/** Keep something under a name, or, for null, forget it. */
export function keep(name: string, what: unknown): void {
  try {
    if (what === null) localStorage.removeItem(key(name));
    else localStorage.setItem(key(name), JSON.stringify(what));
  } catch {
    // storage is refused or full: the page goes on without
  }
}
