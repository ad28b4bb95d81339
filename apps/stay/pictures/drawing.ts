import type { Random } from "../../shared/seed/random.ts";
import { mix, palettes, type Mood, type Palette } from "./palette.ts";

/** The sheet that all pictures are drawn on. */
export const width = 1200;
export const height = 800;

type Stop = readonly [offset: number, colour: string, opacity?: number];

/** One picture in the making: shapes one over the other, as SVG text. Numbers are rounded, so that equal scenes are equal bytes. */
export class Drawing {
  readonly random: Random;
  readonly colours: Palette;
  readonly #shapes: string[] = [];
  readonly #definitions: string[] = [];
  /** Names of definitions must not meet where a picture hangs in another one. */
  readonly #prefix: string;

  constructor(random: Random, mood: Mood, prefix = "a") {
    this.random = random;
    this.colours = palettes[mood];
    this.#prefix = prefix;
  }

  add(...shapes: string[]): void {
    this.#shapes.push(...shapes);
  }

  /** @returns what `fill` takes */
  vertical(...stops: Stop[]): string {
    return this.#define("linearGradient", 'x1="0" y1="0" x2="0" y2="1"', stops);
  }

  radial(...stops: Stop[]): string {
    return this.#define("radialGradient", "", stops);
  }

  between(low: number, high: number): number {
    return low + this.random.unit() * (high - low);
  }

  /** Another drawing, seen through a hole in this one. */
  inset(other: Drawing, x: number, y: number, w: number, h: number): void {
    const view = `x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" viewBox="0 0 ${width} ${height}"`;
    this.add(`<svg ${view} preserveAspectRatio="xMidYMax slice">${other.#content()}</svg>`);
  }

  toSvg(pixels: number): string {
    const size = `width="${pixels}" height="${Math.round((pixels * height) / width)}"`;
    return `<svg xmlns="http://www.w3.org/2000/svg" ${size} viewBox="0 0 ${width} ${height}">${this.#content()}</svg>`;
  }

  #content(): string {
    return `<defs>${this.#definitions.join("")}</defs>${this.#shapes.join("")}`;
  }

  #define(kind: string, attributes: string, stops: readonly Stop[]): string {
    const id = `${this.#prefix}${this.#definitions.length}`;
    const inside = stops.map(
      ([offset, colour, opacity = 1]) =>
        `<stop offset="${offset}" stop-color="${colour}" stop-opacity="${n(opacity)}"/>`,
    );
    this.#definitions.push(`<${kind} id="${id}" ${attributes}>${inside.join("")}</${kind}>`);
    return `url(#${id})`;
  }
}

/** A number as SVG takes it, to a tenth. */
export function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function rect(x: number, y: number, w: number, h: number, fill: string, more = ""): string {
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(w)}" height="${n(h)}" fill="${fill}" ${more}/>`;
}

export function circle(x: number, y: number, r: number, fill: string, more = ""): string {
  return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" fill="${fill}" ${more}/>`;
}

export function ellipse(x: number, y: number, rx: number, ry: number, fill: string, more = ""): string {
  return `<ellipse cx="${n(x)}" cy="${n(y)}" rx="${n(rx)}" ry="${n(ry)}" fill="${fill}" ${more}/>`;
}

/** A path of commands and numbers: `path(["M", 0, 0, "L", 10, 10, "Z"], "#000")`. */
export function path(parts: readonly (string | number)[], fill: string, more = ""): string {
  const d = parts.map((part) => (typeof part === "number" ? n(part) : part)).join(" ");
  return `<path d="${d}" fill="${fill}" ${more}/>`;
}

export function stroke(colour: string, thickness: number, opacity = 1): string {
  return `stroke="${colour}" stroke-width="${n(thickness)}" stroke-opacity="${n(opacity)}" stroke-linecap="round"`;
}

/** A ridge from edge to edge: sums of a few waves, the same for one chance. */
export function ridge(drawing: Drawing, y: number, rise: number, roughness: number): (x: number) => number {
  const waves = Array.from({ length: 4 }, (_, index) => ({
    length: (1 + index * roughness) * drawing.between(0.7, 1.3),
    phase: drawing.between(0, Math.PI * 2),
    size: rise / (1 + index * 1.4),
  }));
  return (x) =>
    waves.reduce((sum, { length, phase, size }) => sum - size * Math.sin((x / width) * Math.PI * length + phase), y);
}

/** What is below a ridge. */
export function below(top: (x: number) => number, fill: string, more = ""): string {
  const points: (string | number)[] = ["M", 0, height];
  for (let x = 0; x <= width; x += 16) points.push("L", x, top(x));
  return path([...points, "L", width, height, "Z"], fill, more);
}

export function shade(colour: string, share: number): string {
  return mix(colour, "#101020", share);
}

export function tint(colour: string, share: number): string {
  return mix(colour, "#ffffff", share);
}
