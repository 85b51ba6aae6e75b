import { useEffect, useRef } from "preact/hooks";
import { useTexts, type TextKey } from "./i18n";

const KEYS: [string[], TextKey][] = [
  [["j", "n"], "key_next"],
  [["k", "p"], "key_previous"],
  [["J", "]"], "key_nextPair"],
  [["K", "["], "key_previousPair"],
  [["1", "…", "6"], "key_modes"],
  [["b"], "key_boxes"],
  [["+", "-", "0"], "key_zoom"],
  [["t"], "key_against"],
  [["a"], "key_accept"],
  [["z"], "key_undo"],
  [["/"], "key_search"],
  [["u", "Esc"], "key_back"],
  [["?"], "key_help"],
];

export function Help({ onClose }: { onClose: () => void }) {
  const t = useTexts();
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog ref={dialog} onClose={onClose} aria-labelledby="help-title">
      <h2 id="help-title">{t("help")}</h2>
      <dl class="keys">
        {KEYS.map(([keys, text]) => (
          <div key={text}>
            <dt>
              {keys.map((key) => (
                <kbd key={key}>{key}</kbd>
              ))}
            </dt>
            <dd>{t(text)}</dd>
          </div>
        ))}
      </dl>
      <button type="button" onClick={onClose}>
        {t("close")}
      </button>
    </dialog>
  );
}
