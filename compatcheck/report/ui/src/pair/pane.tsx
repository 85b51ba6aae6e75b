import type { ComponentChildren, RefObject } from "preact";
import { useEffect } from "preact/hooks";
import { pictureUrl } from "../data";
import { useTexts } from "../i18n";

interface Props {
  pane: RefObject<HTMLDivElement | null>;
  size: { width: number; height: number };
  caption: string;
  file: string; // the picture itself, to open by itself
  zoom: number;
  onZoom: (zoom: number) => void;
  onScroll: () => void;
  onSplit?: (x: number) => void;
  children: ComponentChildren;
}

// A scrolling frame over one sheet: dragging pans (or moves the swipe line), Ctrl and the wheel zoom, as maps do.
export function Pane({ pane, size, caption, file, zoom, onZoom, onScroll, onSplit, children }: Props) {
  const t = useTexts();
  const url = file && pictureUrl(file);
  useEffect(() => {
    const element = pane.current;
    if (!element) return;
    const wheel = (event: WheelEvent) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      onZoom(zoom * Math.exp(-event.deltaY / 400));
    };
    // Not passive, or the browser would zoom the whole page.
    element.addEventListener("wheel", wheel, { passive: false });
    return () => element.removeEventListener("wheel", wheel);
  }, [zoom, onZoom, pane]);
  const drag = (down: PointerEvent) => {
    const element = pane.current;
    if (!element || down.button !== 0 || (down.target as Element).closest("button")) return;
    if (down.pointerType === "touch" && !onSplit) return; // fingers scroll by themselves
    const start = [element.scrollLeft, element.scrollTop] as const;
    const move = (event: PointerEvent) => {
      if (onSplit) onSplit(event.clientX - element.getBoundingClientRect().left + element.scrollLeft);
      else element.scrollTo(start[0] - event.clientX + down.clientX, start[1] - event.clientY + down.clientY);
    };
    const up = () => {
      removeEventListener("pointermove", move);
      removeEventListener("pointerup", up);
      removeEventListener("pointercancel", up);
    };
    addEventListener("pointermove", move);
    addEventListener("pointerup", up);
    addEventListener("pointercancel", up);
    if (onSplit) move(down);
  };
  return (
    <figure class="paneframe">
      <figcaption>
        <span title={caption}>{caption}</span>
        {url && !url.startsWith("data:") && (
          <a href={url} target="_blank" rel="noreferrer noopener" title={t("openPicture")} aria-label={`${t("openPicture")}: ${caption}`}>
            ↗
          </a>
        )}
      </figcaption>
      <div
        class={onSplit ? "pane split" : "pane"}
        ref={pane}
        tabIndex={0}
        role="region"
        aria-label={caption}
        onScroll={onScroll}
        onPointerDown={drag}
      >
        <div class="sheet" style={{ width: `${size.width}px`, height: `${size.height}px` }}>
          {children}
        </div>
      </div>
    </figure>
  );
}
