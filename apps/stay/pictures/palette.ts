/** Colours of a scene by the light it is seen in, from the far to the near. */
export interface Palette {
  /** From the zenith to the horizon. */
  readonly sky: readonly [string, string, string];
  /** The sun or the moon. */
  readonly orb: string;
  readonly hills: readonly [far: string, near: string];
  readonly ground: readonly [back: string, front: string];
  readonly water: readonly [horizon: string, shore: string];
  readonly leaves: readonly [light: string, dark: string];
  /** Of pines, which stay green. */
  readonly needles: readonly [light: string, dark: string];
  readonly wall: string;
  readonly roof: string;
  /** Glass and paper: bright where somebody is at home. */
  readonly window: string;
  readonly cloud: string;
  /** What is in the air: petals, snow, stars, nothing. */
  readonly air: "petals" | "snow" | "stars" | "birds";
}

export const palettes = {
  spring: {
    sky: ["#8ec5e8", "#cfe6ee", "#fdeee2"],
    orb: "#fff6d8",
    hills: ["#b9d3d6", "#6fa287"],
    ground: ["#a9c98a", "#86b06a"],
    water: ["#bfe0e6", "#5fa9b8"],
    leaves: ["#f6b9c6", "#e58fa5"],
    needles: ["#6fa287", "#3f6f5c"],
    wall: "#fbf3e4",
    roof: "#4f5b66",
    window: "#fff0c4",
    cloud: "#ffffff",
    air: "petals",
  },
  summer: {
    sky: ["#3f9bd8", "#8accee", "#e2f5f3"],
    orb: "#fffbe6",
    hills: ["#9cc9d6", "#3f8a6b"],
    ground: ["#7dbb6a", "#4f9a52"],
    water: ["#7fd3dc", "#1f86a8"],
    leaves: ["#57a65c", "#2f7a4c"],
    needles: ["#57a65c", "#2f7a4c"],
    wall: "#ffffff",
    roof: "#d9653b",
    window: "#cfeefa",
    cloud: "#ffffff",
    air: "birds",
  },
  autumn: {
    sky: ["#5f8fb8", "#f2c48d", "#fbe3bd"],
    orb: "#fff0c0",
    hills: ["#c5b3a9", "#9a6a45"],
    ground: ["#d3b066", "#b58a44"],
    water: ["#f0cfa0", "#6d8f9c"],
    leaves: ["#ee9a3c", "#c8552b"],
    needles: ["#7f9a5e", "#4c6a48"],
    wall: "#f7ead2",
    roof: "#3f444e",
    window: "#ffdc92",
    cloud: "#fff3df",
    air: "birds",
  },
  sunset: {
    sky: ["#4a4a8c", "#e8788a", "#ffc98a"],
    orb: "#fff1b8",
    hills: ["#b8708c", "#4e3a66"],
    ground: ["#6a4a66", "#43304f"],
    water: ["#ffb48a", "#5b4a86"],
    leaves: ["#5a3f63", "#3a2a4a"],
    needles: ["#5a3f63", "#3a2a4a"],
    wall: "#f3d9c6",
    roof: "#352b45",
    window: "#ffd27a",
    cloud: "#ffb9a8",
    air: "birds",
  },
  dusk: {
    sky: ["#1f3864", "#5b74a6", "#f0b79a"],
    orb: "#fff3d6",
    hills: ["#6f82a8", "#263a5c"],
    ground: ["#2f4560", "#1f3047"],
    water: ["#c99c9c", "#2c4a75"],
    leaves: ["#2f5560", "#1d3a48"],
    needles: ["#2f5560", "#1d3a48"],
    wall: "#e9dccb",
    roof: "#1d2635",
    window: "#ffcf70",
    cloud: "#9aa6c8",
    air: "stars",
  },
  night: {
    sky: ["#0d1634", "#1d2c5c", "#46528a"],
    orb: "#fdf6dc",
    hills: ["#35427a", "#141d3f"],
    ground: ["#1a2546", "#111a33"],
    water: ["#4a5a96", "#16214a"],
    leaves: ["#1f3553", "#13233c"],
    needles: ["#1f3553", "#13233c"],
    wall: "#c8c3c6",
    roof: "#0d1326",
    window: "#ffc861",
    cloud: "#5a669c",
    air: "stars",
  },
  winter: {
    sky: ["#7f9fc0", "#bccfdf", "#f1eef0"],
    orb: "#fffaf0",
    hills: ["#c3d0de", "#7f95ad"],
    ground: ["#eef3f8", "#d9e3ee"],
    water: ["#d6e2ec", "#7c9bb5"],
    leaves: ["#8fa5b0", "#5d7686"],
    needles: ["#8fa5b0", "#5d7686"],
    wall: "#f5ebdc",
    roof: "#5a6675",
    window: "#ffd98a",
    cloud: "#f8f8fb",
    air: "snow",
  },
  mist: {
    sky: ["#a9bcc6", "#cfd9d8", "#f1ece0"],
    orb: "#fffdf2",
    hills: ["#c6d1d0", "#5f7f7a"],
    ground: ["#9db59a", "#77957b"],
    water: ["#dde5e2", "#86a5a8"],
    leaves: ["#6e9680", "#466b5c"],
    needles: ["#6e9680", "#466b5c"],
    wall: "#f4eee2",
    roof: "#4a5457",
    window: "#fbe6b0",
    cloud: "#f6f5f0",
    air: "birds",
  },
} as const satisfies Record<string, Palette>;

export type Mood = keyof typeof palettes;

/** A colour on the way from one to the other; both as "#rrggbb". */
export function mix(from: string, to: string, share: number): string {
  const channel = (at: number): string => {
    const [a, b] = [from, to].map((colour) => Number.parseInt(colour.slice(at, at + 2), 16)) as [number, number];
    return Math.round(a + (b - a) * share)
      .toString(16)
      .padStart(2, "0");
  };
  return `#${channel(1)}${channel(3)}${channel(5)}`;
}
