// The form that accepts one finding, or all that a family shares.
import { useEffect, useRef, useState } from "preact/hooks";
import { useTexts } from "../i18n";
import { preference, remember } from "../store";
import { useDecisions } from "./context";
import { type Decision, type Scope, SCOPES } from "./model";

interface Props {
  findings: { page: string; device: string; finding: string }[];
  scopes?: readonly Scope[];
  onDone: () => void;
}

export function AcceptForm({ findings, scopes = SCOPES, onDone }: Props) {
  const t = useTexts();
  const store = useDecisions();
  const first = useRef<HTMLInputElement>(null);
  const [scope, setScope] = useState<Scope>(scopes[0]!);
  const [reason, setReason] = useState("");
  const [owner, setOwner] = useState(store.served?.owner || preference("owner") || "");
  const [expires, setExpires] = useState("");
  const [busy, setBusy] = useState(false);
  useEffect(() => first.current?.focus(), []);
  const submit = async (event: Event) => {
    event.preventDefault();
    setBusy(true);
    remember("owner", owner);
    const decisions = findings.map((where): Decision => ({ ...where, scope, reason: reason.trim(), owner: owner.trim(), expires }));
    const done = await store.accept(decisions);
    setBusy(false);
    if (done) onDone();
  };
  return (
    <form class="accept" onSubmit={(event) => void submit(event)} onKeyDown={(event) => { if (event.key === "Escape") { event.stopPropagation(); onDone(); } }}>
      <label>
        {t("reason")}
        <input ref={first} type="text" required maxLength={500} value={reason} onInput={(event) => setReason(event.currentTarget.value)} pattern=".*\S.*" />
      </label>
      {scopes.length > 1 && (
        <label>
          {t("scope")}
          <select value={scope} onChange={(event) => setScope(event.currentTarget.value as Scope)}>
            {scopes.map((each) => (
              <option key={each} value={each}>
                {t(`scope_${each}`)}
              </option>
            ))}
          </select>
        </label>
      )}
      <div class="bar">
        <label>
          {t("owner")}
          <input type="text" maxLength={100} value={owner} onInput={(event) => setOwner(event.currentTarget.value)} />
        </label>
        <label>
          {t("expires")}
          <input type="date" value={expires} onInput={(event) => setExpires(event.currentTarget.value)} />
        </label>
      </div>
      <div class="bar">
        <button type="submit" class="primary" disabled={busy}>
          {t("accept")}
        </button>
        <button type="button" onClick={onDone}>
          {t("cancel")}
        </button>
        <span class="meta">{t(store.served ? "writesFile" : "writesNothing")}</span>
      </div>
      {store.state.error && (
        <p class="warn" role="alert" dir="auto">
          {store.state.error}
        </p>
      )}
    </form>
  );
}
