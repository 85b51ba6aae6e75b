// The pictures: one or two panes in CSS-pixel registration, moved and zoomed together.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Navigate } from "../app";
import { pictureUrl } from "../data";
import { useTexts } from "../i18n";
import type { Mode, Route } from "../route";
import type { Box, Detail, Divergence, Picture, Row } from "../types";
import { Boxes } from "./boxes";
import { useHold } from "./hold";
import { Layers } from "./layers";
import { Pane } from "./pane";
import { useLockedScroll } from "./scrolling";
import { Strip } from "./strip";
import { Toolbar } from "./toolbar";

interface Props {
  detail: Detail;
  row: Row;
  route: Route;
  navigate: Navigate;
  order: Divergence[];
  selected: Divergence | null;
  zoom: number | null;
  onZoom: (zoom: number | null) => void;
  onSelect: (id: string) => void;
}

const BLINK_MS = 700;
const CONTEXT = 160;
const FRAME = 18; // a scroll bar and the borders
const clamp = (zoom: number) => Math.min(8, Math.max(0.05, zoom));

export function Stage(props: Props) {
  const { detail, row, route, navigate, order, selected, zoom, onSelect } = props;
  const t = useTexts();
  const area = useRef<HTMLDivElement>(null);
  const panes = [useRef<HTMLDivElement>(null), useRef<HTMLDivElement>(null)] as const;
  const [width, setWidth] = useState(0);
  const [close, setClose] = useState<number | null>(null); // how close the chosen finding asks for
  const [blinkOn, setBlinkOn] = useState(false);

  const direct = route.against === "direct" && detail.images.direct !== null;
  const own = selected?.images; // of the width at which the chosen finding shows
  const baseline = direct ? detail.images.direct : (own?.reference ?? detail.images.reference);
  const candidate = own?.candidate ?? detail.images.candidate;
  const isHere = (each: Divergence) => (each.images?.candidate ?? detail.images.candidate)?.src === candidate?.src;
  const ownPair = row.device.reference && !detail.twin && detail.images.reference?.src === candidate?.src;
  const metrics = Object.keys(detail.maps);
  const metric = metrics.includes(route.metric) ? route.metric : metrics[0];
  const usable = (mode: Mode) =>
    mode === "heat" ? metrics.length > 0 : mode === "side" ? true : baseline !== null && candidate !== null && !ownPair;
  const mode = usable(route.mode) ? route.mode : "side";
  const twoPanes = mode === "side" && !ownPair && baseline !== null && candidate !== null;
  const overlaid = mode !== "side" && mode !== "heat";

  useLayoutEffect(() => {
    const watcher = new ResizeObserver(() => setWidth(area.current?.clientWidth ?? 0));
    if (area.current) watcher.observe(area.current);
    return () => watcher.disconnect();
  }, []);
  const widest = Math.max(baseline?.width ?? 0, candidate?.width ?? 0, 1);
  const room = Math.max(60, (twoPanes ? (width - 8) / 2 : width) - FRAME);
  const fit = Math.min(1, room / widest);
  const scale = clamp(zoom ?? close ?? fit);
  const onZoom = (value: number | null) => {
    if (value === null) setClose(null);
    props.onZoom(value === null ? null : clamp(value));
  };
  // The swipe line starts at what is looked at, not at the middle of a page that is wider than the pane.
  const asked = selected && (selected.candidate ?? selected.reference);
  const middle = asked ? asked[0] + asked[2] / 2 : Math.min(widest, room / scale) / 2;
  const { hold, onHold } = useHold(route, navigate, selected?.id ?? "", Math.round(Math.min(98, Math.max(2, (middle / widest) * 100))));
  useEffect(() => {
    if (mode !== "blink" || !hold.blinking) return;
    const timer = setInterval(() => setBlinkOn((on) => !on), BLINK_MS);
    return () => clearInterval(timer);
  }, [mode, hold.blinking]);
  const referenceBox = (each: Divergence): Box | null => (direct ? null : each.reference);
  // Laid over each other, the pictures are brought together where the chosen finding is: what moved further up is not news here.
  const there = selected && referenceBox(selected);
  const here = selected?.candidate;
  const apart: [number, number] = overlaid && there && here ? [here[0] - there[0], here[1] - there[1]] : [0, 0];
  const shifted = Math.hypot(...apart) >= 0.5;
  const shift: [number, number] = shifted && hold.aligned ? apart : [0, 0];

  const { onScroll, jumped } = useLockedScroll(panes, hold.lock);
  const show = (pane: HTMLDivElement | null, box: Box | null, at: number) => {
    if (!pane || !box) return;
    pane.scrollTo({
      left: (box[0] + box[2] / 2) * at - pane.clientWidth / 2,
      top: (box[1] + Math.min(box[3], pane.clientHeight / at) / 2) * at - pane.clientHeight / 2,
    });
  };
  const showBoth = (finding: Divergence, at: number) => {
    requestAnimationFrame(() => {
      const box = finding.candidate ?? finding.reference;
      show(panes[0].current, (twoPanes ? referenceBox(finding) : null) ?? box, at);
      show(panes[1].current, box, at);
      jumped();
    });
  };
  // Zoom so that the finding and what stands around it fill the pane, never below fit or above twice its size. A zoom that the
  // address asked for stays. With nothing chosen, a tall page opens where its first finding is.
  const opened = useRef(false);
  useLayoutEffect(() => {
    if (width === 0) return;
    const keep = !opened.current && zoom !== null;
    opened.current = true;
    if (!selected) {
      const first = order.find((each) => each.flags && (each.candidate ?? each.reference));
      const box = first && (first.candidate ?? first.reference);
      if (first && box && (box[1] + Math.min(box[3], 100)) * scale > (panes[0].current?.clientHeight ?? 0)) showBoth(first, scale);
      return;
    }
    const box = selected.candidate ?? selected.reference;
    if (!box) return;
    const wanted = Math.min(room / (box[2] + 2 * CONTEXT), (panes[0].current?.clientHeight ?? 400) / (box[3] + 2 * CONTEXT));
    const target = Math.min(2, Math.max(fit, wanted));
    const near = target > fit * 1.05 ? target : null;
    if (!keep) {
      setClose(near);
      props.onZoom(null);
    }
    showBoth(selected, keep ? scale : (near ?? fit));
  }, [selected?.id, mode, route.against, width === 0]);
  // Keep the middle of the view where it is when the zoom changes.
  const before = useRef<number | null>(null);
  useLayoutEffect(() => {
    const factor = scale / (before.current ?? scale);
    if (width > 0) before.current = scale;
    if (factor === 1) return;
    for (const { current: pane } of panes) {
      if (!pane) continue;
      pane.scrollLeft = (pane.scrollLeft + pane.clientWidth / 2) * factor - pane.clientWidth / 2;
      pane.scrollTop = (pane.scrollTop + pane.clientHeight / 2) * factor - pane.clientHeight / 2;
    }
    jumped();
  }, [scale, width === 0]);

  useEffect(() => {
    const listen = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.target instanceof HTMLElement && event.target.closest("textarea, select, input, dialog")) return;
      if (event.key === "+" || event.key === "=") onZoom(scale * 1.25);
      else if (event.key === "-") onZoom(scale / 1.25);
      else if (event.key === "0") onZoom(null);
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", listen);
    return () => removeEventListener("keydown", listen);
  });

  const sheet = (picture: Picture | null) => ({
    width: (picture?.width ?? widest) * scale,
    height: (picture?.height ?? 200) * scale,
  });
  const picture = (of: Picture, alt: string, style: Record<string, string | number> = {}) => (
    <img
      src={pictureUrl(of.src)}
      alt={alt}
      draggable={false}
      class={scale / of.ratio >= 1.5 ? "pixels" : ""}
      style={{ width: `${of.width * scale}px`, height: `${of.height * scale}px`, ...style }}
    />
  );
  const moved = (box: Box | null): Box | null => box && [box[0] + shift[0], box[1] + shift[1], box[2], box[3]];
  const boxesOf = (side: "reference" | "candidate", passive = false) =>
    route.layers.includes("boxes") && (
      <Boxes
        order={order}
        side={side}
        boxOf={(each) => (!isHere(each) ? null : side === "reference" ? moved(referenceBox(each)) : each.candidate)}
        scale={scale}
        selected={selected}
        onSelect={onSelect}
        passive={passive}
      />
    );
  const layers = <Layers detail={detail} scale={scale} regions={route.layers.includes("regions")} masks={route.layers.includes("masks")} />;
  const referenceName = ownPair
    ? t("isReference")
    : direct
      ? t("directIs", { device: detail.reference })
      : detail.twin
        ? t("twinOf", { device: detail.reference })
        : t("referenceIs", { device: detail.reference });
  const candidateName = row.verdict === "failed" ? t("lastPicture", { device: row.device.id }) : `${t("candidate")}: ${row.device.id}`;
  const common = { zoom: scale, onZoom };
  const both = { width: widest, height: Math.max(baseline?.height ?? 0, candidate?.height ?? 0), src: "", ratio: 1 };
  const alone = mode === "heat" ? { ...candidate!, src: detail.maps[metric!] ?? "" } : mode === "side" ? (candidate ?? baseline) : null;

  return (
    <section class="stage" aria-label={t("mode")}>
      <Toolbar
        {...{ detail, route, navigate, mode, usable, ownPair, twoPanes, direct, metric, scale, shifted, onZoom, hold, onHold }}
        fits={zoom === null && close === null}
      />
      <div class="stagearea">
        <div class={twoPanes ? "panes two" : "panes"} ref={area}>
          {twoPanes ? (
            <>
              <Pane {...common} pane={panes[0]} size={sheet(baseline)} caption={referenceName} file={baseline!.src} onScroll={() => onScroll(0)}>
                {picture(baseline!, t("reference"))}
                {boxesOf("reference")}
              </Pane>
              <Pane {...common} pane={panes[1]} size={sheet(candidate)} caption={candidateName} file={candidate!.src} onScroll={() => onScroll(1)}>
                {picture(candidate!, t("candidate"))}
                {layers}
                {boxesOf("candidate")}
              </Pane>
            </>
          ) : !candidate && !baseline ? (
            <p class="empty">{t("noPicture")}</p>
          ) : (
            <Pane
              {...common}
              pane={panes[0]}
              size={sheet(alone ?? both)}
              caption={mode === "side" ? (ownPair || !candidate ? referenceName : candidateName) : `${referenceName} ↔ ${row.device.id}`}
              file={alone?.src ?? ""}
              onScroll={() => onScroll(0)}
              {...(mode === "swipe" ? { onSplit: (x: number) => onHold({ split: Math.round((x / (widest * scale)) * 100) }) } : {})}
            >
              {alone && picture(alone, mode === "heat" ? `${t("mode_heat")} ${metric}` : row.device.id)}
              {overlaid && (
                <div class={mode === "diff" ? "stack diff" : "stack"}>
                  {picture(baseline!, t("reference"), { left: `${shift[0] * scale}px`, top: `${shift[1] * scale}px` })}
                  {picture(candidate!, t("candidate"), {
                    ...(mode === "swipe" ? { clipPath: `inset(0 0 0 ${(hold.split / 100) * (widest / candidate!.width) * 100}%)` } : {}),
                    ...(mode === "onion" ? { opacity: hold.opacity / 100 } : {}),
                    ...(mode === "blink" ? { visibility: blinkOn ? "visible" : "hidden" } : {}),
                  })}
                </div>
              )}
              {mode === "swipe" && <i class="splitter" style={{ left: `${(hold.split / 100) * widest * scale}px` }} />}
              {layers}
              {overlaid && boxesOf("reference", true)}
              {boxesOf("candidate")}
            </Pane>
          )}
        </div>
        <Strip detail={detail} order={order} selected={selected} onSelect={onSelect} />
      </div>
    </section>
  );
}
