import {
  below,
  circle,
  ellipse,
  height,
  path,
  rect,
  ridge,
  shade,
  stroke,
  tint,
  width,
  type Drawing,
} from "./drawing.ts";
import { mix } from "./palette.ts";

/** Sky, land and water, from the back to the front. */

/** @param at where the sun or moon stands, in parts of the width and height */
export function sky(d: Drawing, at: readonly [number, number], orbSize = 46): void {
  const { sky: tones, orb, cloud, air } = d.colours;
  const [x, y] = [at[0] * width, at[1] * height];
  d.add(rect(0, 0, width, height, d.vertical([0, tones[0]], [0.45, tones[1]], [0.8, tones[2]])));
  if (air === "stars") stars(d);
  d.add(circle(x, y, orbSize * 7, d.radial([0, orb, 0.55], [0.25, orb, 0.22], [1, orb, 0])));
  d.add(circle(x, y, orbSize, orb));
  for (let index = 0; index < 4; index++)
    oneCloud(d, d.between(-60, width), d.between(50, 260), d.between(70, 150), cloud);
}

function stars(d: Drawing): void {
  for (let index = 0; index < 90; index++)
    d.add(
      circle(
        d.between(0, width),
        d.between(0, height * 0.5),
        d.between(0.8, 2.4),
        "#ffffff",
        `fill-opacity="${d.random.pick([0.4, 0.6, 0.9])}"`,
      ),
    );
}

function oneCloud(d: Drawing, x: number, y: number, size: number, colour: string): void {
  const soft = 'fill-opacity="0.42"';
  d.add(ellipse(x, y, size, size * 0.13, colour, soft));
  d.add(ellipse(x + size * 0.35, y - size * 0.1, size * 0.55, size * 0.13, colour, soft));
  d.add(ellipse(x - size * 0.4, y + size * 0.08, size * 0.6, size * 0.1, colour, soft));
}

/** Ranges of hills, paler the farther away, with mist between them. @param to where the nearest one stands */
export function hills(d: Drawing, from: number, to: number, count = 4, rise = 60): void {
  const [far, near] = d.colours.hills;
  for (let index = 0; index < count; index++) {
    const share = count === 1 ? 1 : index / (count - 1);
    const y = from + (to - from) * share;
    const colour = mix(far, near, share);
    const top = ridge(d, y, rise * (1 - share * 0.45), 1.6);
    d.add(below(top, d.vertical([0, colour], [0.35, colour], [1, mix(colour, d.colours.sky[2], 0.55)])));
  }
}

/** One mountain that everybody knows the place by. */
export function peak(d: Drawing, x: number, y: number, w: number, h: number): void {
  const [far, near] = d.colours.hills;
  const colour = mix(far, near, 0.35);
  const slope = ["M", x - w, y, "Q", x - w * 0.35, y - h * 0.25, x - w * 0.12, y - h, "L", x, y - h * 0.93];
  const down = ["L", x + w * 0.1, y - h * 0.99, "Q", x + w * 0.4, y - h * 0.3, x + w, y, "Z"];
  d.add(path([...slope, ...down], d.vertical([0, colour], [1, mix(colour, d.colours.sky[2], 0.6)])));
  if (d.colours.air === "snow")
    d.add(
      path(
        [
          "M",
          x - w * 0.22,
          y - h * 0.72,
          "L",
          x - w * 0.12,
          y - h,
          "L",
          x,
          y - h * 0.93,
          "L",
          x + w * 0.1,
          y - h * 0.99,
        ].concat([
          "L",
          x + w * 0.2,
          y - h * 0.7,
          "L",
          x + w * 0.08,
          y - h * 0.78,
          "L",
          x - w * 0.04,
          y - h * 0.68,
          "Z",
        ]),
        "#ffffff",
        'fill-opacity="0.85"',
      ),
    );
}

/** The sea or a lake from `top` on, with the light of the sky on it. */
export function water(d: Drawing, top: number, light: number): void {
  const [horizon, shore] = d.colours.water;
  d.add(rect(0, top, width, height - top, d.vertical([0, horizon], [1, shore])));
  const x = light * width;
  for (let y = top + 6; y < height; y += d.between(8, 17)) {
    const wide = 20 + (y - top) * 0.32;
    d.add(
      ellipse(x + d.between(-wide, wide) * 0.5, y, wide * d.between(0.3, 1), 2.2, d.colours.orb, 'fill-opacity="0.5"'),
    );
  }
  for (let index = 0; index < 46; index++) {
    const y = d.between(top + 8, height);
    const long = 10 + (y - top) * 0.16;
    d.add(ellipse(d.between(0, width), y, long, 1.5, "#ffffff", `fill-opacity="${d.random.pick([0.12, 0.22, 0.3])}"`));
  }
}

/** Islands on the horizon. */
export function islands(d: Drawing, y: number, count: number): void {
  for (let index = 0; index < count; index++) {
    const [x, w, h] = [d.between(0, width), d.between(70, 190), d.between(18, 62)];
    const colour = mix(d.colours.hills[0], d.colours.hills[1], d.between(0.2, 0.6));
    d.add(
      path(
        ["M", x - w, y, "Q", x - w * 0.3, y - h * 1.6, x, y - h, "Q", x + w * 0.5, y - h * 1.3, x + w, y, "Z"],
        colour,
      ),
    );
  }
}

export function boat(d: Drawing, x: number, y: number, size: number): void {
  const { wall, roof } = d.colours;
  d.add(
    path(
      ["M", x - size, y, "L", x + size, y, "Q", x + size * 0.7, y + size * 0.4, x + size * 0.5, y + size * 0.42].concat(
        ["L", x - size * 0.6, y + size * 0.42, "Z"],
      ),
      shade(roof, 0.1),
    ),
    path(
      [
        "M",
        x - size * 0.1,
        y - size * 0.1,
        "L",
        x - size * 0.1,
        y - size * 2.2,
        "L",
        x + size * 0.95,
        y - size * 0.2,
        "Z",
      ],
      wall,
    ),
    path(
      [
        "M",
        x - size * 0.2,
        y - size * 0.1,
        "L",
        x - size * 0.2,
        y - size * 1.8,
        "L",
        x - size * 0.8,
        y - size * 0.15,
        "Z",
      ],
      tint(wall, 0.3),
      'fill-opacity="0.85"',
    ),
  );
}

/** Meadow, snow or sand in front. */
export function ground(d: Drawing, y: number, rise = 22): (x: number) => number {
  const [back, front] = d.colours.ground;
  const top = ridge(d, y, rise, 1.2);
  d.add(below(top, d.vertical([0, back], [1, front])));
  for (let index = 0; index < 60; index++) {
    const x = d.between(0, width);
    const at = d.between(top(x) + 14, height);
    d.add(ellipse(x, at, d.between(6, 26), 1.6, tint(back, 0.5), 'fill-opacity="0.35"'));
  }
  return top;
}

export function roundTree(d: Drawing, x: number, y: number, size: number, fruit?: string): void {
  const [light, dark] = d.colours.leaves;
  d.add(
    path(
      [
        "M",
        x - size * 0.07,
        y,
        "L",
        x - size * 0.04,
        y - size,
        "L",
        x + size * 0.04,
        y - size,
        "L",
        x + size * 0.07,
        y,
        "Z",
      ],
      shade("#6b4a36", 0.15),
    ),
  );
  for (let index = 0; index < 9; index++) {
    const [dx, dy] = [d.between(-0.42, 0.42) * size, d.between(-0.34, 0.3) * size];
    const colour = mix(dark, light, 0.25 + 0.6 * d.random.unit());
    d.add(circle(x + dx, y - size * 1.05 + dy, size * d.between(0.2, 0.36), colour));
  }
  if (fruit === undefined) return;
  for (let index = 0; index < 16; index++)
    d.add(circle(x + d.between(-0.55, 0.55) * size, y - size * d.between(0.7, 1.5), size * 0.055, fruit));
}

/** A Korean red pine: a bent trunk with flat clouds of needles. */
export function pine(d: Drawing, x: number, y: number, size: number, lean = 1): void {
  const [light, dark] = d.colours.needles;
  const trunk = ["M", x, y, "Q", x + lean * size * 0.22, y - size * 0.5, x + lean * size * 0.05, y - size].concat([
    "Q",
    x - lean * size * 0.02,
    y - size * 1.2,
    x + lean * size * 0.2,
    y - size * 1.4,
  ]);
  d.add(path(trunk, "none", stroke(shade("#7a4b3a", 0.15), size * 0.075)));
  const pads = [
    [0.2, 1.42, 0.38],
    [-0.22, 1.18, 0.34],
    [0.42, 1.1, 0.32],
    [-0.3, 0.86, 0.26],
    [0.4, 0.78, 0.22],
  ] as const;
  for (const [dx, dy, r] of pads) {
    const [px, py] = [x + lean * dx * size, y - dy * size];
    d.add(ellipse(px, py + size * 0.03, r * size, r * size * 0.34, dark));
    d.add(ellipse(px - size * 0.03, py - size * 0.03, r * size * 0.85, r * size * 0.25, light));
    if (d.colours.air === "snow")
      d.add(ellipse(px, py - size * 0.06, r * size * 0.7, r * size * 0.15, "#ffffff", 'fill-opacity="0.9"'));
  }
}

export function fir(d: Drawing, x: number, y: number, size: number): void {
  // Larches, which turn in autumn; elsewhere firs.
  const [light, dark] = d.colours.air === "petals" ? d.colours.needles : d.colours.leaves;
  d.add(rect(x - size * 0.04, y - size * 0.2, size * 0.08, size * 0.2, shade("#6b4a36", 0.2)));
  for (let tier = 0; tier < 4; tier++) {
    const [half, top] = [size * (0.34 - tier * 0.065), y - size * (0.12 + tier * 0.3)];
    const colour = mix(dark, light, tier * 0.28);
    d.add(path(["M", x - half, top, "Q", x, top + size * 0.07, x + half, top, "L", x, top - size * 0.5, "Z"], colour));
    if (d.colours.air === "snow")
      d.add(
        path(
          [
            "M",
            x - half * 0.5,
            top - size * 0.22,
            "Q",
            x,
            top - size * 0.16,
            x + half * 0.5,
            top - size * 0.22,
            "L",
            x,
            top - size * 0.5,
            "Z",
          ],
          "#ffffff",
          'fill-opacity="0.85"',
        ),
      );
  }
}

/** Snow, petals, birds: last, over everything. */
export function air(d: Drawing): void {
  const kind = d.colours.air;
  if (kind === "snow")
    for (let index = 0; index < 130; index++)
      d.add(circle(d.between(0, width), d.between(0, height), d.between(1.2, 4.2), "#ffffff", 'fill-opacity="0.8"'));
  if (kind === "petals")
    for (let index = 0; index < 44; index++)
      d.add(
        ellipse(
          d.between(0, width),
          d.between(80, height),
          5,
          2.6,
          d.random.pick(["#fbd9e2", "#f6b9c6", "#ffffff"]),
          `transform="rotate(${d.random.below(60) - 30} 600 400)"`,
        ),
      );
  if (kind !== "birds") return;
  const [x, y] = [d.between(200, 900), d.between(90, 240)];
  for (let index = 0; index < 5; index++) {
    const [bx, by, s] = [x + index * d.between(24, 44), y + d.between(-26, 26), d.between(7, 12)];
    d.add(
      path(
        [
          "M",
          bx - s,
          by - s * 0.4,
          "Q",
          bx - s * 0.4,
          by - s * 0.7,
          bx,
          by,
          "Q",
          bx + s * 0.4,
          by - s * 0.7,
          bx + s,
          by - s * 0.4,
        ],
        "none",
        stroke("#39424f", 2, 0.6),
      ),
    );
  }
}
