// The pictures: one or two panes in CSS-pixel registration, moved and zoomed together.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Navigate } from "../app";
import { Toggle } from "../common";
import { pictureUrl } from "../data";
import { useTexts } from "../i18n";
import { type Mode, MODES, type Route } from "../route";
import type { Box, Detail, Divergence, Picture, Row } from "../types";
import { Boxes } from "./boxes";
import { Pane } from "./pane";
import { Strip } from "./strip";

interface Props {
  detail: Detail;
  row: Row;
  route: Route;
  navigate: Navigate;
  order: Divergence[];
  selected: Divergence | null;
  boxes: boolean;
  onBoxes: () => void;
  zoom: number | null;
  onZoom: (zoom: number | null) => void;
  onSelect: (id: string) => void;
}

const BLINK_MS = 700;
const CONTEXT = 160;

export function Stage(props: Props) {
  const { detail, row, route, navigate, order, selected, boxes, zoom, onZoom, onSelect } = props;
  const t = useTexts();
  const area = useRef<HTMLDivElement>(null);
  const panes = [useRef<HTMLDivElement>(null), useRef<HTMLDivElement>(null)] as const;
  const [width, setWidth] = useState(0);
  const [lock, setLock] = useState(true);
  const [showRegions, setShowRegions] = useState(false);
  const [split, setSplit] = useState(50);
  const [opacity, setOpacity] = useState(50);
  const [blinkOn, setBlinkOn] = useState(false);

  const direct = route.against === "direct" && detail.images.direct !== null;
  const baseline = direct ? detail.images.direct : detail.images.reference;
  const { candidate } = detail.images;
  const ownPair = row.device.reference && !detail.twin && detail.images.reference?.src === candidate?.src;
  const metrics = Object.keys(detail.maps);
  const metric = metrics.includes(route.metric) ? route.metric : metrics[0];
  const usable = (mode: Mode) =>
    mode === "heat" ? metrics.length > 0 : mode === "side" ? true : baseline !== null && candidate !== null && !ownPair;
  const mode = usable(route.mode) ? route.mode : "side";
  const twoPanes = mode === "side" && !ownPair && baseline !== null && candidate !== null;

  useLayoutEffect(() => {
    const watcher = new ResizeObserver(() => setWidth(area.current?.clientWidth ?? 0));
    if (area.current) watcher.observe(area.current);
    return () => watcher.disconnect();
  }, []);
  useEffect(() => {
    if (mode !== "blink") return;
    const timer = setInterval(() => setBlinkOn((on) => !on), BLINK_MS);
    return () => clearInterval(timer);
  }, [mode]);

  const widest = Math.max(baseline?.width ?? 0, candidate?.width ?? 0, 1);
  const room = Math.max(60, (twoPanes ? (width - 8) / 2 : width) - 14);
  const fit = Math.min(1, room / widest);
  const scale = zoom ?? fit;
  const referenceBox = (each: Divergence): Box | null => (direct ? null : each.reference);

  const show = (pane: HTMLDivElement | null, box: Box | null, at: number) => {
    if (!pane || !box) return;
    pane.scrollTo({
      left: (box[0] + box[2] / 2) * at - pane.clientWidth / 2,
      top: (box[1] + Math.min(box[3], pane.clientHeight / at) / 2) * at - pane.clientHeight / 2,
    });
  };
  // Zoom so that the finding and what stands around it fill the pane, never below fit or above twice its size.
  useLayoutEffect(() => {
    if (!selected || width === 0) return;
    const box = selected.candidate ?? selected.reference;
    if (!box) return;
    const wanted = Math.min(room / (box[2] + 2 * CONTEXT), (panes[0].current?.clientHeight ?? 400) / (box[3] + 2 * CONTEXT));
    const target = Math.min(2, Math.max(fit, wanted));
    onZoom(target > fit * 1.05 ? target : null);
    const at = target > fit * 1.05 ? target : fit;
    requestAnimationFrame(() => {
      show(panes[0].current, (twoPanes ? referenceBox(selected) : null) ?? box, at);
      show(panes[1].current, selected.candidate ?? selected.reference, at);
    });
  }, [selected?.id, mode, route.against, width === 0]);

  // Locked scrolling passes movements on, not positions: after a jump each side keeps its own offset.
  const last = useRef<[number, number][]>([[0, 0], [0, 0]]);
  const onScroll = (which: 0 | 1) => {
    const pane = panes[which].current;
    const other = panes[which === 0 ? 1 : 0].current;
    if (!pane) return;
    const [x, y] = last.current[which]!;
    const [dx, dy] = [pane.scrollLeft - x, pane.scrollTop - y];
    last.current[which] = [pane.scrollLeft, pane.scrollTop];
    if (!lock || !other || (dx === 0 && dy === 0) || performance.now() < quiet.current) return;
    other.scrollBy(dx, dy);
    last.current[which === 0 ? 1 : 0] = [other.scrollLeft, other.scrollTop];
  };
  const quiet = useRef(0);
  useLayoutEffect(() => {
    quiet.current = performance.now() + 80;
  }, [selected?.id, scale]);

  // Keep the middle of the view where it is when the zoom changes.
  const before = useRef(scale);
  useLayoutEffect(() => {
    const factor = scale / before.current;
    before.current = scale;
    if (factor === 1) return;
    for (const { current: pane } of panes) {
      if (!pane) continue;
      pane.scrollLeft = (pane.scrollLeft + pane.clientWidth / 2) * factor - pane.clientWidth / 2;
      pane.scrollTop = (pane.scrollTop + pane.clientHeight / 2) * factor - pane.clientHeight / 2;
    }
  }, [scale]);

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
  const boxesOf = (side: "reference" | "candidate", passive = false) =>
    boxes && (
      <Boxes order={order} side={side} boxOf={side === "reference" ? referenceBox : (each) => each.candidate} scale={scale} selected={selected} onSelect={onSelect} passive={passive} />
    );
  const regions = showRegions && detail.regions.map(([x, y, w, h], place) => (
    <i key={place} class="region" style={{ left: `${x * scale}px`, top: `${y * scale}px`, width: `${w * scale}px`, height: `${h * scale}px` }} />
  ));
  const referenceName = ownPair
    ? t("isReference")
    : direct
      ? t("directIs", { device: detail.reference })
      : detail.twin
        ? t("twinOf", { device: detail.reference })
        : t("referenceIs", { device: detail.reference });
  const common = { zoom: scale, onZoom: (value: number) => onZoom(Math.min(8, Math.max(0.05, value))) };
  const both = { width: widest, height: Math.max(baseline?.height ?? 0, candidate?.height ?? 0), src: "", ratio: 1 };

  return (
    <section class="stage" aria-label={t("mode")}>
      <div class="bar stagebar">
        {!ownPair && (
          <div role="group" class="group" aria-label={t("mode")}>
            {MODES.filter(usable).map((each) => (
              <Toggle key={each} pressed={each === mode} title={`${MODES.indexOf(each) + 1}`} onClick={() => navigate({ mode: each }, true)}>
                {t(`mode_${each}`)}
              </Toggle>
            ))}
          </div>
        )}
        {detail.images.direct && !ownPair && (
          <label>
            {t("against")}{" "}
            <select value={direct ? "direct" : "baseline"} onChange={(event) => navigate({ against: event.currentTarget.value as Route["against"] }, true)}>
              <option value="baseline">{t("againstBaseline")}</option>
              <option value="direct">{t("againstDirect")}</option>
            </select>
          </label>
        )}
        <div class="group">
          <button type="button" aria-label={t("zoomOut")} title={`${t("zoomOut")} (-)`} onClick={() => onZoom(Math.max(0.05, scale / 1.25))}>
            −
          </button>
          <button type="button" title={`${t("fit")} (0)`} onClick={() => onZoom(null)} aria-pressed={zoom === null}>
            {Math.round(scale * 100)}%
          </button>
          <button type="button" aria-label={t("zoomIn")} title={`${t("zoomIn")} (+)`} onClick={() => onZoom(Math.min(8, scale * 1.25))}>
            +
          </button>
        </div>
        <Toggle pressed={boxes} title="b" onClick={props.onBoxes}>
          {t("boxes")}
        </Toggle>
        {detail.regions.length > 0 && (
          <Toggle pressed={showRegions} onClick={() => setShowRegions(!showRegions)}>
            {t("regions")} {detail.regions.length}
          </Toggle>
        )}
        {twoPanes && (
          <Toggle pressed={lock} onClick={() => setLock(!lock)}>
            {t("lock")}
          </Toggle>
        )}
        {mode === "swipe" && (
          <label class="slide">
            {t("position")} <input type="range" min={0} max={100} value={split} onInput={(event) => setSplit(Number(event.currentTarget.value))} />
          </label>
        )}
        {mode === "onion" && (
          <label class="slide">
            {t("opacity")} <input type="range" min={0} max={100} value={opacity} onInput={(event) => setOpacity(Number(event.currentTarget.value))} />
          </label>
        )}
        {mode === "heat" && metrics.length > 1 && (
          <label>
            {t("metric")}{" "}
            <select value={metric} onChange={(event) => navigate({ metric: event.currentTarget.value }, true)}>
              {metrics.map((name) => (
                <option key={name}>{name}</option>
              ))}
            </select>
          </label>
        )}
      </div>
      <div class="stagearea">
        <div class={twoPanes ? "panes two" : "panes"} ref={area}>
          {twoPanes ? (
            <>
              <Pane {...common} pane={panes[0]} size={sheet(baseline)} caption={referenceName} onScroll={() => onScroll(0)}>
                {picture(baseline!, t("reference"))}
                {boxesOf("reference")}
              </Pane>
              <Pane {...common} pane={panes[1]} size={sheet(candidate)} caption={`${t("candidate")}: ${row.device.id}`} onScroll={() => onScroll(1)}>
                {picture(candidate!, t("candidate"))}
                {regions}
                {boxesOf("candidate")}
              </Pane>
            </>
          ) : !candidate && !baseline ? (
            <p class="empty">{t("noPicture")}</p>
          ) : (
            <Pane
              {...common}
              pane={panes[0]}
              size={sheet(mode === "side" ? (candidate ?? baseline) : mode === "heat" ? candidate : both)}
              caption={mode === "side" ? (ownPair ? referenceName : candidate ? row.device.id : referenceName) : `${referenceName} ↔ ${row.device.id}`}
              onScroll={() => onScroll(0)}
              {...(mode === "swipe" ? { onSplit: (x: number) => setSplit(Math.round((x / (widest * scale)) * 100)) } : {})}
            >
              {mode === "side" && picture((candidate ?? baseline)!, row.device.id)}
              {mode === "heat" && metric && picture({ ...candidate!, src: detail.maps[metric]! }, `${t("mode_heat")} ${metric}`)}
              {mode !== "side" && mode !== "heat" && (
                <div class={mode === "diff" ? "stack diff" : "stack"}>
                  {picture(baseline!, t("reference"))}
                  {picture(candidate!, t("candidate"), {
                    ...(mode === "swipe" ? { clipPath: `inset(0 0 0 ${(split / 100) * (widest / candidate!.width) * 100}%)` } : {}),
                    ...(mode === "onion" ? { opacity: opacity / 100 } : {}),
                    ...(mode === "blink" ? { visibility: blinkOn ? "visible" : "hidden" } : {}),
                  })}
                </div>
              )}
              {mode === "swipe" && <i class="splitter" style={{ left: `${(split / 100) * widest * scale}px` }} />}
              {regions}
              {mode !== "side" && mode !== "heat" && boxesOf("reference", true)}
              {boxesOf("candidate")}
            </Pane>
          )}
        </div>
        <Strip detail={detail} order={order} selected={selected} onSelect={onSelect} />
      </div>
    </section>
  );
}
