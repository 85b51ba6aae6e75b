// What the reader prefers, kept where the browser allows it; `?lang=` and `?theme=` in the address win.
export function preference(name: string): string | null {
  const asked = new URLSearchParams(location.search).get(name);
  if (asked) return asked;
  try {
    return localStorage.getItem(`compatcheck.${name}`);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(`compatcheck.${name}`, value);
  } catch {
    // Private windows and some file: policies refuse; the choice then lasts as long as the page.
  }
}
