// Skip rendering when no property changed. `preact/compat` has the same, and 4 kB of other things.
import { Component, type ComponentType, h, type VNode } from "preact";

export function memo<P extends object>(inner: (props: P) => VNode | null): ComponentType<P> {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: P): boolean {
      const old = this.props as Record<string, unknown>;
      const fresh = next as Record<string, unknown>;
      return Object.keys({ ...old, ...fresh }).some((name) => old[name] !== fresh[name]);
    }
    override render() {
      return h(inner as ComponentType<P>, this.props as P);
    }
  };
}
