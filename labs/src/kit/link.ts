/** `#lab=<key>;mu=3;run=step*500`: one entry per lab, so several labs of a page share the address. The key is the element's id or tag. */

const entry = (part: string): [string, string] => {
  const [key, rest] = part.slice("lab=".length).split(/;(.*)/s) as [string, string | undefined];
  return [key, rest ?? ""];
};

export function readLink(key: string): string | null {
  const found = parts().map(entry).find(([name]) => name === key);
  return found ? found[1] : null;
}

/** Put this lab's entry into the address; entries of other labs stay. Returns the whole address. */
export function writeLink(key: string, text: string): string {
  const others = parts().filter((part) => entry(part)[0] !== key);
  const own = `lab=${key}${text ? `;${text}` : ""}`;
  history.replaceState(history.state, "", `#${[...others, own].join("&")}`);
  return location.href;
}

function parts(): string[] {
  return location.hash.slice(1).split("&").filter((part) => part.startsWith("lab="));
}
