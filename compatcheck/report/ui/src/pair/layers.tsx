// What is drawn over a picture besides the findings' boxes: regions of differing pixels, and what masks keep out of the scores.
import { useTexts } from "../i18n";
import type { Detail } from "../types";

interface Props {
  detail: Detail;
  scale: number;
  regions: boolean;
  masks: boolean;
}

export function Layers({ detail, scale, regions, masks }: Props) {
  const t = useTexts();
  const place = (x: number, y: number, width: number, height: number) => ({
    left: `${x * scale}px`,
    top: `${y * scale}px`,
    width: `${width * scale}px`,
    height: `${height * scale}px`,
  });
  return (
    <>
      {masks &&
        detail.masks.map(([x, y, width, height, mode, source], number) => (
          <i key={`m${number}`} class={`mask ${mode}`} title={`${t(mode === "layout" ? "maskLayout" : "maskIgnore")}: ${source}`} style={place(x, y, width, height)} />
        ))}
      {regions && detail.regions.map(([x, y, width, height], number) => <i key={number} class="region" style={place(x, y, width, height)} />)}
    </>
  );
}
