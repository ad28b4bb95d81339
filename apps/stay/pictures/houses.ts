import { below, circle, ellipse, path, rect, ridge, shade, stroke, tint, width, type Drawing } from "./drawing.ts";
import { mix } from "./palette.ts";

/** Houses and what stands around them. Each stands on (x, y), the middle of its foot. */

const wood = "#8a5a3c";

/** Paper windows in a lattice, with light behind them. */
function lattice(d: Drawing, x: number, y: number, w: number, h: number): void {
  d.add(rect(x, y, w, h, d.vertical([0, tint(d.colours.window, 0.25)], [1, d.colours.window])));
  const bars: string[] = [];
  for (let column = 1; column < 4; column++) bars.push(rect(x + (w * column) / 4 - 0.8, y, 1.6, h, wood));
  for (const row of [0.15, 0.22, 0.5, 0.57, 0.85]) bars.push(rect(x, y + h * row - 0.7, w, 1.4, wood));
  d.add(...bars, rect(x, y, w, h, "none", stroke(shade(wood, 0.25), 3)));
}

function glow(d: Drawing, x: number, y: number, r: number): void {
  if (d.colours.air !== "stars" && d.colours.air !== "snow") return;
  d.add(ellipse(x, y, r, r * 0.6, d.radial([0, d.colours.window, 0.55], [1, d.colours.window, 0])));
}

/** A tiled roof whose eaves rise at both ends. */
function tiledRoof(d: Drawing, x: number, eave: number, w: number, h: number): void {
  const [half, over] = [w / 2, w * 0.13];
  const top = half * 0.74;
  const tip = eave - h * 0.2;
  const outline = [
    ["M", x - half - over, tip, "Q", x - half * 0.5, eave + h * 0.1, x, eave + h * 0.1],
    ["Q", x + half * 0.5, eave + h * 0.1, x + half + over, tip],
    ["Q", x + half * 0.92, eave - h * 0.4, x + top, eave - h],
    ["Q", x, eave - h * 0.86, x - top, eave - h],
    ["Q", x - half * 0.92, eave - h * 0.4, x - half - over, tip, "Z"],
  ].flat();
  // Clay tiles are grey, whatever other roofs are; snow lies on them down to the eaves.
  const roof = ["stars", "petals"].includes(d.colours.air) ? d.colours.roof : "#4a525c";
  const lit = tint(roof, d.colours.air === "snow" ? 0.86 : 0.12);
  d.add(path(outline, d.vertical([0, lit], [0.55, mix(lit, roof, 0.35)], [1, shade(roof, 0.12)])));
  for (let tile = -13; tile <= 13; tile++) {
    const share = tile / 13;
    const [from, to] = [x + top * share, x + (half + over * 0.7) * share];
    const bottom = eave + h * 0.08 - h * 0.26 * share ** 4;
    const bend = (from + to) / 2 - share * w * 0.035;
    d.add(
      path(
        ["M", from, eave - h * (0.9 + 0.1 * share ** 2), "Q", bend, eave - h * 0.4, to, bottom],
        "none",
        stroke(tint(roof, 0.25), 2.4, 0.45),
      ),
    );
  }
  const crest = ["M", x - top - 8, eave - h - 5, "Q", x, eave - h * 0.84, x + top + 8, eave - h - 5];
  d.add(path(crest, "none", stroke(shade(roof, 0.3), h * 0.1)));
  const edge = [
    "M",
    x - half - over,
    tip,
    "Q",
    x - half * 0.5,
    eave + h * 0.1,
    x,
    eave + h * 0.1,
    "Q",
    x + half * 0.5,
    eave + h * 0.1,
    x + half + over,
    tip,
  ];
  d.add(path(edge, "none", stroke(shade(roof, 0.35), 5)));
}

export function hanok(d: Drawing, x: number, y: number, w: number): void {
  const h = w * 0.26;
  const left = x - w / 2;
  glow(d, x, y - h * 0.4, w * 0.85);
  d.add(
    rect(left - w * 0.05, y - h * 0.14, w * 1.1, h * 0.2, "#b9b2a6"),
    rect(left - w * 0.05, y, w * 1.1, h * 0.07, "#958d82"),
  );
  d.add(rect(left, y - h, w, h * 0.87, d.colours.wall));
  const rooms = 5;
  for (let room = 0; room < rooms; room++) {
    const at = left + (w * room) / rooms;
    if (room === 2) {
      // The open wooden floor in the middle.
      d.add(rect(at, y - h, w / rooms, h * 0.87, d.vertical([0, shade(wood, 0.55)], [1, shade(wood, 0.15)])));
      d.add(rect(at, y - h * 0.3, w / rooms, h * 0.17, tint(wood, 0.2)));
      lattice(d, at + w * 0.055, y - h * 0.86, w * 0.09, h * 0.5);
    } else lattice(d, at + w * 0.03, y - h * 0.82, w / rooms - w * 0.06, h * 0.56);
  }
  for (let pillar = 0; pillar <= rooms; pillar++)
    d.add(rect(left + (w * pillar) / rooms - w * 0.009, y - h, w * 0.018, h * 0.88, shade(wood, 0.1)));
  d.add(rect(left, y - h * 0.2, w, h * 0.06, wood), rect(left - w * 0.02, y - h, w * 1.04, h * 0.07, shade(wood, 0.2)));
  tiledRoof(d, x, y - h * 0.96, w, w * 0.2);
}

/** A low wall of field stones, as on Jeju or around an old village. */
export function stoneWall(d: Drawing, y: number, h: number, tone = "#57575c", from = 0, to = width): void {
  const edge = ridge(d, y, 5, 2);
  for (let row = 0; row < 3; row++)
    for (let x = from - 10; x < to;) {
      const w = d.between(26, 52);
      const at = edge(x) - h + (row * h) / 3;
      const colour = mix(tone, d.colours.ground[0], d.between(0.05, 0.3));
      d.add(rect(x, at, w - 3, h / 3 - 2, colour, `rx="${d.random.pick([6, 8, 10])}"`));
      x += w;
    }
}

/** A farmhouse of the island: lava stone, a low coloured roof. */
export function stoneHouse(d: Drawing, x: number, y: number, w: number, roof = "#e07a3f"): void {
  const h = w * 0.3;
  glow(d, x, y - h * 0.5, w * 0.8);
  d.add(rect(x - w / 2, y - h, w, h, "#6d6a6c"));
  for (let index = 0; index < 70; index++)
    d.add(
      rect(
        x - w / 2 + d.between(2, w - 24),
        y - d.between(8, h),
        d.between(10, 24),
        d.between(6, 11),
        mix("#55535a", "#8d898a", d.random.unit()),
        'rx="4" fill-opacity="0.8"',
      ),
    );
  d.add(rect(x - w * 0.07, y - h * 0.78, w * 0.14, h * 0.78, shade(wood, 0.1), 'rx="3"'));
  for (const side of [-0.3, 0.3]) {
    d.add(rect(x + w * side - w * 0.09, y - h * 0.74, w * 0.18, h * 0.42, d.colours.window, stroke("#f4efe6", 7)));
    d.add(rect(x + w * side - 1.5, y - h * 0.74, 3, h * 0.42, "#f4efe6"));
  }
  const eave = y - h;
  d.add(
    path(
      [
        "M",
        x - w * 0.58,
        eave + 6,
        "L",
        x - w * 0.44,
        eave - h * 0.62,
        "L",
        x + w * 0.44,
        eave - h * 0.62,
        "L",
        x + w * 0.58,
        eave + 6,
        "Z",
      ],
      d.vertical([0, tint(roof, 0.1)], [1, shade(roof, 0.15)]),
    ),
  );
  for (let row = 1; row < 4; row++)
    d.add(
      rect(
        x - w * (0.44 + row * 0.035),
        eave - h * 0.62 + (h * 0.66 * row) / 4,
        w * (0.88 + row * 0.07),
        2.4,
        shade(roof, 0.25),
        'fill-opacity="0.5"',
      ),
    );
}

/** A white house by the water, with much glass. */
export function villa(d: Drawing, x: number, y: number, w: number): void {
  const h = w * 0.24;
  const { wall, window } = d.colours;
  const glass = d.vertical([0, tint(window, 0.2)], [1, shade(window, 0.08)]);
  glow(d, x, y - h, w * 0.8);
  d.add(rect(x - w * 0.5, y - h, w, h, wall), rect(x - w * 0.22, y - h * 2, w * 0.62, h, tint(wall, 0.35)));
  d.add(
    rect(x - w * 0.53, y - h * 1.06, w * 1.06, h * 0.1, shade(wall, 0.35)),
    rect(x - w * 0.26, y - h * 2.08, w * 0.7, h * 0.1, shade(wall, 0.4)),
  );
  for (let pane = 0; pane < 4; pane++)
    d.add(rect(x - w * 0.44 + pane * w * 0.14, y - h * 0.84, w * 0.125, h * 0.74, glass));
  for (let pane = 0; pane < 3; pane++)
    d.add(rect(x - w * 0.17 + pane * w * 0.175, y - h * 1.86, w * 0.16, h * 0.68, glass));
  d.add(rect(x + w * 0.22, y - h * 0.8, w * 0.1, h * 0.8, wood), circle(x + w * 0.3, y - h * 0.4, 3, "#f2d9a0"));
  d.add(rect(x - w * 0.22, y - h * 1.3, w * 0.62, 3, shade(wall, 0.3), 'fill-opacity="0.7"'));
  for (let post = 0; post <= 10; post++)
    d.add(rect(x - w * 0.22 + post * w * 0.062, y - h * 1.3, 1.8, h * 0.26, shade(wall, 0.3), 'fill-opacity="0.7"'));
  d.add(rect(x - w * 0.62, y, w * 1.24, h * 0.09, tint(wood, 0.15)));
}

/** A pointed wooden cabin. */
export function cabin(d: Drawing, x: number, y: number, w: number): void {
  const h = w * 1.02;
  glow(d, x, y - h * 0.35, w * 0.9);
  d.add(path(["M", x - w * 0.5, y, "L", x, y - h, "L", x + w * 0.5, y, "Z"], d.colours.roof));
  d.add(path(["M", x - w * 0.38, y, "L", x, y - h * 0.78, "L", x + w * 0.38, y, "Z"], tint(wood, 0.12)));
  for (let plank = 1; plank < 9; plank++) {
    const half = w * 0.38 * (1 - plank / 9);
    d.add(rect(x - half, y - h * 0.78 * (plank / 9), half * 2, 2, shade(wood, 0.25), 'fill-opacity="0.5"'));
  }
  d.add(
    path(
      [
        "M",
        x - w * 0.25,
        y - h * 0.12,
        "L",
        x - w * 0.25,
        y - h * 0.26,
        "L",
        x,
        y - h * 0.66,
        "L",
        x + w * 0.25,
        y - h * 0.26,
        "L",
        x + w * 0.25,
        y - h * 0.12,
        "Z",
      ],
      d.vertical([0, tint(d.colours.window, 0.3)], [1, d.colours.window]),
    ),
  );
  d.add(rect(x - 2.5, y - h * 0.66, 5, h * 0.54, wood), rect(x - w * 0.25, y - h * 0.3, w * 0.5, 5, wood));
  d.add(
    rect(x - w * 0.62, y, w * 1.24, w * 0.05, wood),
    rect(x + w * 0.24, y - h * 0.86, w * 0.07, h * 0.36, shade("#8d8680", 0.2)),
  );
  if (d.colours.air === "snow")
    d.add(
      path(
        [
          "M",
          x - w * 0.3,
          y - h * 0.4,
          "L",
          x,
          y - h,
          "L",
          x + w * 0.3,
          y - h * 0.4,
          "L",
          x + w * 0.24,
          y - h * 0.42,
          "L",
          x,
          y - h * 0.86,
          "L",
          x - w * 0.24,
          y - h * 0.42,
          "Z",
        ],
        "#ffffff",
      ),
    );
}

/** Blocks of flats along the horizon, the lower part in haze. @param share of windows with light */
export function skyline(d: Drawing, y: number, tallest: number, share: number, near: number): void {
  const [far, close] = d.colours.hills;
  const base = mix(far, close, near);
  const haze = d.vertical([0, base], [1, mix(base, d.colours.sky[2], 0.35)]);
  for (let x = -20; x < width;) {
    const [w, h] = [d.between(44, 110), tallest * d.between(0.3, 1)];
    d.add(rect(x, y - h, w, h + 80, haze));
    for (let row = y - h + 12; row < y - 14; row += 19)
      for (let column = x + 9; column < x + w - 12; column += 17)
        if (d.random.chance(share)) d.add(rect(column, row, 8, 10, d.colours.window, 'fill-opacity="0.85"'));
    x += w + d.between(2, 14);
  }
}

/** The tower on the hill in the middle of Seoul. */
export function tower(d: Drawing, x: number, y: number, h: number): void {
  const colour = mix(d.colours.hills[0], d.colours.hills[1], 0.75);
  d.add(
    rect(x - h * 0.035, y - h * 0.7, h * 0.07, h * 0.7, colour),
    rect(x - h * 0.012, y - h * 1.35, h * 0.024, h * 0.6, colour),
  );
  d.add(
    path(
      [
        "M",
        x - h * 0.13,
        y - h * 0.78,
        "L",
        x - h * 0.09,
        y - h * 0.66,
        "L",
        x + h * 0.09,
        y - h * 0.66,
        "L",
        x + h * 0.13,
        y - h * 0.78,
        "L",
        x + h * 0.1,
        y - h * 0.88,
        "L",
        x - h * 0.1,
        y - h * 0.88,
        "Z",
      ],
      colour,
    ),
  );
  d.add(rect(x - h * 0.11, y - h * 0.8, h * 0.22, h * 0.035, d.colours.window));
}

/** A bridge with lights and cables. */
export function bridge(d: Drawing, y: number): void {
  const colour = shade(d.colours.hills[1], 0.1);
  for (const x of [330, 870]) {
    d.add(rect(x - 7, y - 190, 14, 220, colour));
    for (let cable = 1; cable < 9; cable++)
      for (const side of [-1, 1])
        d.add(
          path(
            ["M", x, y - 188 + cable * 6, "L", x + side * cable * 32, y],
            "none",
            stroke(tint(colour, 0.4), 1.6, 0.8),
          ),
        );
  }
  d.add(rect(0, y - 5, width, 13, colour));
  for (let x = 12; x < width; x += 34) d.add(circle(x, y - 10, 3, d.colours.window));
}

/** Terraced fields down to the sea. */
export function terraces(d: Drawing, top: number): void {
  for (let step = 0; step < 6; step++) {
    const edge = ridge(d, top + step * 46, 16, 1.1);
    const colour = mix(d.colours.ground[step % 2]!, d.colours.ground[1], step / 8);
    d.add(below((x) => edge(x) - 9, mix(shade(colour, 0.3), "#8d8478", 0.35)));
    d.add(below(edge, d.vertical([0, tint(colour, 0.22)], [0.1, colour], [1, colour])));
  }
}
