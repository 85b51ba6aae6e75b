// The interface's texts. What came from a page or from the tool's findings stays as it is.
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { en, type Texts } from "./en";
import { zh } from "./zh";

export type Language = "en" | "zh";
export type TextKey = keyof Texts;
export type Translate = (key: TextKey, values?: Record<string, string | number>) => string;

const TEXTS: Record<Language, Texts> = { en, zh };

export function translator(language: Language): Translate {
  const texts = TEXTS[language];
  return (key, values = {}) => texts[key].replace(/\{(\w+)\}/g, (_, name: string) => String(values[name] ?? ""));
}

export const LanguageContext = createContext<{ language: Language; t: Translate }>({
  language: "en",
  t: translator("en"),
});

export function useTexts(): Translate {
  return useContext(LanguageContext).t;
}

export function preferredLanguage(): Language {
  return navigator.languages.some((name) => name.toLowerCase().startsWith("zh")) ? "zh" : "en";
}
