// What made this report, and what else lies beside it.
import { Copy, Untrusted } from "./common";
import type { Report } from "./data";
import { useTexts } from "./i18n";

export function Footer({ report }: { report: Report }) {
  const t = useTexts();
  const { versions, run, forms } = report.index;
  return (
    <footer class="made">
      {forms.length > 0 && (
        <p>
          {t("downloads")}:{" "}
          {forms.map((name) => (
            <a key={name} href={name}>
              {name}
            </a>
          ))}
        </p>
      )}
      <p>
        {t("versions")}: <Untrusted text={Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(" · ")} />
      </p>
      {run.command && (
        <p>
          {t("command")}: <Untrusted text={run.command} code /> <Copy text={run.command} />
        </p>
      )}
    </footer>
  );
}
