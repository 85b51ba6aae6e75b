// What can be done with the pictures: how they are laid over each other, which layers, how close.
import type { Navigate } from "../app";
import { Toggle } from "../common";
import { useTexts } from "../i18n";
import { type Layer, type Mode, MODES, type Route } from "../route";
import type { Detail } from "../types";
import type { Hold } from "./hold";

interface Props {
  detail: Detail;
  route: Route;
  navigate: Navigate;
  mode: Mode;
  usable: (mode: Mode) => boolean;
  ownPair: boolean;
  twoPanes: boolean;
  direct: boolean;
  metric: string | undefined;
  scale: number;
  fits: boolean;
  shifted: boolean;
  onZoom: (zoom: number | null) => void;
  hold: Hold;
  onHold: (change: Partial<Hold>) => void;
}

export function Toolbar(props: Props) {
  const { detail, route, navigate, mode, ownPair, metric, scale, onZoom, hold, onHold } = props;
  const t = useTexts();
  const metrics = Object.keys(detail.maps);
  const modes = ownPair ? [] : MODES.filter(props.usable);
  const flip = (layer: Layer) =>
    navigate({ layers: route.layers.includes(layer) ? route.layers.filter((each) => each !== layer) : [...route.layers, layer] }, true);
  const layer = (name: Layer, count: number) =>
    count > 0 && (
      <Toggle pressed={route.layers.includes(name)} onClick={() => flip(name)}>
        {t(name)} {count}
      </Toggle>
    );
  return (
    <div class="bar stagebar">
      {modes.length > 1 && (
        <div role="group" class="group" aria-label={t("mode")}>
          {modes.map((each) => (
            <Toggle key={each} pressed={each === mode} title={`${MODES.indexOf(each) + 1}`} onClick={() => navigate({ mode: each }, true)}>
              {t(`mode_${each}`)}
            </Toggle>
          ))}
        </div>
      )}
      {detail.images.direct && !ownPair && (
        <label>
          {t("against")}{" "}
          <select value={props.direct ? "direct" : "baseline"} onChange={(event) => navigate({ against: event.currentTarget.value as Route["against"] }, true)}>
            <option value="baseline">{t("againstBaseline")}</option>
            <option value="direct">{t("againstDirect")}</option>
          </select>
        </label>
      )}
      <div class="group">
        <button type="button" aria-label={t("zoomOut")} title={`${t("zoomOut")} (-)`} onClick={() => onZoom(scale / 1.25)}>
          −
        </button>
        <button type="button" title={`${t("fit")} (0)`} onClick={() => onZoom(null)} aria-pressed={props.fits}>
          {Math.round(scale * 100)}%
        </button>
        <button type="button" aria-label={t("zoomIn")} title={`${t("zoomIn")} (+)`} onClick={() => onZoom(scale * 1.25)}>
          +
        </button>
        <button type="button" aria-label={`1:1 ${t("actualSize")}`} title={t("actualSize")} onClick={() => onZoom(1)}>
          1:1
        </button>
      </div>
      <div class="group">
        <Toggle pressed={route.layers.includes("boxes")} title="b" onClick={() => flip("boxes")}>
          {t("boxes")}
        </Toggle>
        {layer("regions", detail.regions.length)}
        {layer("masks", detail.masks.length)}
        {props.twoPanes && (
          <Toggle pressed={hold.lock} onClick={() => onHold({ lock: !hold.lock })}>
            {t("lock")}
          </Toggle>
        )}
        {props.shifted && (
          <Toggle pressed={hold.aligned} title={t("alignedMeaning")} onClick={() => onHold({ aligned: !hold.aligned })}>
            {t("aligned")}
          </Toggle>
        )}
      </div>
      {mode === "swipe" && <Slider label={t("position")} value={hold.split} onInput={(split) => onHold({ split })} />}
      {mode === "onion" && <Slider label={t("opacity")} value={hold.opacity} onInput={(opacity) => onHold({ opacity })} />}
      {mode === "blink" && (
        <Toggle pressed={!hold.blinking} onClick={() => onHold({ blinking: !hold.blinking })}>
          {t("pause")}
        </Toggle>
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
  );
}

function Slider({ label, value, onInput }: { label: string; value: number; onInput: (value: number) => void }) {
  return (
    <label class="slide">
      {label} <input type="range" min={0} max={100} value={value} onInput={(event) => onInput(Number(event.currentTarget.value))} />
    </label>
  );
}
