// The worst finding of a family at a glance: the same cut-out of both pictures, loaded when it comes into sight.
import { useEffect, useRef, useState } from "preact/hooks";
import { loadDetail, pictureUrl } from "../data";
import { useTexts } from "../i18n";
import type { Box, Detail, Picture, Row } from "../types";

const WIDTH = 150;
const HEIGHT = 96;
const MARGIN = 40;

export function Thumbs({ row }: { row: Row }) {
  const t = useTexts();
  const frame = useRef<HTMLDivElement>(null);
  const [detail, setDetail] = useState<Detail | null>(null);
  useEffect(() => {
    const element = frame.current;
    if (!element || detail) return;
    const watcher = new IntersectionObserver(
      (seen) => {
        if (!seen.some((entry) => entry.isIntersecting)) return;
        watcher.disconnect();
        loadDetail(row.place).then(setDetail, () => undefined);
      },
      { rootMargin: "300px" },
    );
    watcher.observe(element);
    return () => watcher.disconnect();
  }, [row.place, detail]);
  const finding = detail?.divergences.find((each) => each.flags);
  const around = finding?.candidate ?? finding?.reference ?? null;
  const reference = finding?.images?.reference ?? detail?.images.reference ?? null;
  const candidate = finding?.images?.candidate ?? detail?.images.candidate ?? null;
  const pair = reference && candidate && reference.src !== candidate.src;
  if (detail && !candidate) return null;
  return (
    <div class={row.verdict === "failed" && !detail ? "thumbs unsure" : "thumbs"} ref={frame} aria-hidden="true">
      {detail && around && (
        <>
          {pair && <Cut picture={reference} around={finding?.reference ?? around} mark={finding?.reference ?? null} title={t("reference")} />}
          {candidate && <Cut picture={candidate} around={around} mark={finding?.candidate ?? null} title={t("candidate")} />}
        </>
      )}
      {detail && !around && candidate && <Cut picture={candidate} around={[0, 0, candidate.width, candidate.height]} mark={null} title={t("candidate")} />}
    </div>
  );
}

function Cut({ picture, around, mark, title }: { picture: Picture; around: Box; mark: Box | null; title: string }) {
  const scale = Math.min(1, WIDTH / (around[2] + 2 * MARGIN), HEIGHT / (Math.min(around[3], 600) + 2 * MARGIN), 1);
  const fit = Math.max(scale, Math.min(1, WIDTH / picture.width));
  const left = Math.min(Math.max(0, (around[0] + around[2] / 2) * fit - WIDTH / 2), Math.max(0, picture.width * fit - WIDTH));
  const top = Math.min(
    Math.max(0, (around[1] + Math.min(around[3], 600) / 2) * fit - HEIGHT / 2),
    Math.max(0, picture.height * fit - HEIGHT),
  );
  return (
    <span class="cut" title={title}>
      <img
        src={pictureUrl(picture.src)}
        alt=""
        loading="lazy"
        decoding="async"
        style={{ width: `${picture.width * fit}px`, height: `${picture.height * fit}px`, left: `${-left}px`, top: `${-top}px` }}
      />
      {mark && (
        <i
          style={{
            left: `${mark[0] * fit - left}px`,
            top: `${mark[1] * fit - top}px`,
            width: `${mark[2] * fit}px`,
            height: `${mark[3] * fit}px`,
          }}
        />
      )}
    </span>
  );
}
