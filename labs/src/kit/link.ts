/**
 * `#lab=<key>;mu=3;run=step*500`: one entry per lab, so several labs of a page share the address.
 *
 * Mail programs write some characters of an address as percent codes, so an entry is decoded as a whole before it is taken apart.
 */

/** What the address says about the lab with this key. Of two entries for one lab the first counts. */
export function readLink(key: string): string | null {
  const found = entries().find((entry) => isOf(entry, key));
  return found === undefined ? null : found.slice(start(key).length + 1);
}

/** Does the address begin with this lab? */
export function isFirst(key: string): boolean {
  return isOf(entries()[0] ?? "", key);
}

/** Put this lab's entry into the address; entries of other labs stay. Returns the whole address. */
export function writeLink(key: string, text: string): string {
  const others = entries().filter((entry) => !isOf(entry, key)).map(encodeURI);
  const own = start(key) + (text ? `;${text}` : "");
  history.replaceState(history.state, "", `#${[...others, own].join("&")}`);
  return location.href;
}

/** What an address says about labs, one entry each. */
export function entries(hash = location.hash): string[] {
  return decode(hash.slice(1)).split("&").filter((entry) => entry.startsWith("lab="));
}

function isOf(entry: string, key: string): boolean {
  return entry === start(key) || entry.startsWith(`${start(key)};`);
}

/** How a lab's entry begins. An id may hold anything. */
function start(key: string): string {
  return `lab=${spell(key, /[^\w.-]/g)}`;
}

/** Spell signs at which an entry is taken apart as numbers, because percent codes are gone by then. */
export function spell(text: string, signs = /[,;&:*~]/g): string {
  return text.replace(signs, (sign) => `~${sign.charCodeAt(0).toString(16)}~`);
}

/** The text that was spelled. */
export function unspell(text: string): string {
  return text.replace(/~([0-9a-f]{1,4})~/g, (_, code: string) => String.fromCharCode(parseInt(code, 16)));
}

/** As `decodeURIComponent`, but a percent sign that begins no character stays. */
export function decode(text: string): string {
  return text.replace(/(%[0-9a-f]{2})+/gi, (codes) => {
    try {
      return decodeURIComponent(codes);
    } catch {
      return codes;
    }
  });
}
