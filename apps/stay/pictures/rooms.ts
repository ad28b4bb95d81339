import type { Random } from "../../shared/seed/random.ts";
import { circle, Drawing, ellipse, height, path, rect, shade, stroke, tint, width } from "./drawing.ts";
import type { Mood } from "./palette.ts";
import type { Scene } from "./scenes.ts";

/** Rooms, with a view out of the window. */

export interface View {
  readonly random: Random;
  readonly mood: Mood;
  readonly scene: Scene;
}

function viewOf({ random, mood, scene }: View): Drawing {
  const view = new Drawing(random, mood, "v");
  scene(view);
  return view;
}

function planks(d: Drawing, y: number, colour: string): void {
  d.add(rect(0, y, width, height - y, d.vertical([0, shade(colour, 0.12)], [1, colour])));
  for (let row = 1; row < 7; row++)
    d.add(rect(0, y + (height - y) * (row / 7) ** 1.4, width, 1.8, shade(colour, 0.3), 'fill-opacity="0.5"'));
  for (let line = -9; line <= 9; line++)
    d.add(
      path(["M", 600 + line * 70, y, "L", 600 + line * 150, height], "none", stroke(shade(colour, 0.3), 1.4, 0.25)),
    );
}

function plant(d: Drawing, x: number, y: number, size: number): void {
  for (let leaf = -4; leaf <= 4; leaf++) {
    const [dx, dy] = [leaf * size * 0.13, size * (1.05 - Math.abs(leaf) * 0.1)];
    const blade = [
      "M",
      x,
      y - size * 0.3,
      "Q",
      x + dx * 0.2,
      y - dy,
      x + dx * 1.5,
      y - dy,
      "Q",
      x + dx * 0.9,
      y - dy * 0.66,
      x,
      y - size * 0.3,
      "Z",
    ];
    d.add(path(blade, leaf % 2 === 0 ? "#5f9a6a" : "#3f7d58"));
  }
  d.add(
    path(
      [
        "M",
        x - size * 0.2,
        y - size * 0.36,
        "L",
        x + size * 0.2,
        y - size * 0.36,
        "L",
        x + size * 0.14,
        y,
        "L",
        x - size * 0.14,
        y,
        "Z",
      ],
      "#d8a07a",
    ),
  );
}

function lamp(d: Drawing, x: number, y: number): void {
  d.add(circle(x, y - 96, 190, d.radial([0, "#ffe2a0", 0.6], [1, "#ffe2a0", 0])));
  d.add(rect(x - 3, y - 80, 6, 80, "#8a6a4c"), ellipse(x, y, 28, 6, "#8a6a4c"));
  d.add(path(["M", x - 26, y - 130, "L", x + 26, y - 130, "L", x + 44, y - 74, "L", x - 44, y - 74, "Z"], "#fff1cf"));
}

/** A bedroom with a wide window. */
export function bedroom(d: Drawing, view: View): void {
  const wall = d.random.pick(["#efe6da", "#e4e8e4", "#ece2dc", "#e6e4ee"]);
  const cloth = d.random.pick(["#7f9fb5", "#c98f6f", "#8fae94", "#b0899c", "#d3b46d"]);
  d.add(rect(0, 0, width, height, d.vertical([0, wall], [1, shade(wall, 0.08)])));
  planks(d, 610, d.random.pick(["#b98d62", "#a97f5a", "#c7a27a"]));
  const [x, y, w, h] = [330, 80, 760, 400];
  d.add(rect(x - 16, y - 16, w + 32, h + 32, "#fbf8f2"), rect(x - 30, y + h + 12, w + 60, 18, "#f3ede3"));
  d.inset(viewOf(view), x, y, w, h);
  for (const share of [1 / 3, 2 / 3]) d.add(rect(x + w * share - 5, y, 10, h, "#fbf8f2"));
  for (const [left, lean] of [
    [x - 66, 1],
    [x + w + 66, -1],
  ] as const)
    d.add(
      path(
        [
          "M",
          left,
          y - 40,
          "L",
          left + lean * 96,
          y - 40,
          "Q",
          left + lean * 70,
          y + 200,
          left + lean * 40,
          y + h + 120,
          "L",
          left - lean * 16,
          y + h + 120,
          "Z",
        ],
        tint(cloth, 0.55),
        'fill-opacity="0.92"',
      ),
    );
  lamp(d, 210, 545);
  d.add(rect(150, 545, 120, 110, "#9a714d"), rect(160, 590, 100, 3, "#6d4f36"));
  // The bed: its head to the left, a blanket over its foot.
  d.add(rect(290, 470, 26, 230, "#8c6443", 'rx="8"'), rect(300, 590, 640, 100, "#8c6443", 'rx="8"'));
  d.add(rect(306, 540, 640, 90, "#fffdf8", 'rx="26"'), rect(306, 590, 640, 70, "#f1ece2", 'rx="10"'));
  for (const [px, tilt] of [
    [330, -5],
    [352, 4],
  ] as const)
    d.add(
      rect(
        px,
        496 + tilt,
        120,
        66,
        px === 330 ? "#ffffff" : tint(cloth, 0.35),
        `rx="24" transform="rotate(${tilt} ${px} 530)"`,
      ),
    );
  d.add(
    path(["M", 620, 536, "L", 940, 538, "Q", 958, 590, 950, 676, "L", 640, 676, "Q", 606, 600, 620, 536, "Z"], cloth),
  );
  for (let fold = 0; fold < 4; fold++)
    d.add(
      path(
        ["M", 660 + fold * 76, 542, "Q", 690 + fold * 70, 610, 672 + fold * 76, 674],
        "none",
        stroke(shade(cloth, 0.2), 2.5, 0.45),
      ),
    );
  d.add(
    ellipse(600, 752, 380, 34, tint(cloth, 0.4), 'fill-opacity="0.75"'),
    ellipse(600, 752, 340, 26, tint(cloth, 0.6), 'fill-opacity="0.7"'),
  );
  plant(d, 1110, 700, 190);
}

/** A room of an old house: paper doors open to the yard, a low table with tea. */
export function paperRoom(d: Drawing, view: View): void {
  const wood = "#7d5238";
  d.add(rect(0, 0, width, height, "#f2e8d6"));
  for (let beam = 0; beam < 5; beam++)
    d.add(rect(0, beam * 26, width, 12, shade(wood, 0.1), `fill-opacity="${beam === 0 ? 1 : 0.35}"`));
  planks(d, 600, "#c99a62");
  const [x, y, w, h] = [300, 150, 600, 430];
  d.inset(viewOf(view), x, y, w, h);
  d.add(rect(x, y + h - 14, w, 14, shade(wood, 0.1)));
  for (const left of [60, 900]) {
    d.add(rect(left, y, 240, h, d.vertical([0, "#fffaf0"], [1, "#fbeccb"])));
    for (let column = 1; column < 6; column++) d.add(rect(left + column * 40 - 1.5, y, 3, h, wood));
    for (const row of [0.1, 0.14, 0.18, 0.4, 0.44, 0.48, 0.7, 0.74, 0.78])
      d.add(rect(left, y + h * row, 240, 2.6, wood));
    d.add(rect(left, y, 240, h, "none", stroke(shade(wood, 0.2), 12)));
  }
  d.add(rect(x - 8, y - 14, w + 16, 18, shade(wood, 0.2)), rect(0, y - 14, width, 12, shade(wood, 0.15)));
  const cushion = d.random.pick(["#4f7d8c", "#b5574f", "#6f8f5f", "#8c6f9c"]);
  for (const cx of [330, 870])
    d.add(
      ellipse(cx, 716, 104, 26, shade(cushion, 0.15)),
      ellipse(cx, 706, 104, 26, cushion),
      ellipse(cx, 704, 72, 16, tint(cushion, 0.2)),
    );
  d.add(rect(452, 690, 16, 60, shade(wood, 0.2)), rect(732, 690, 16, 60, shade(wood, 0.2)));
  d.add(rect(430, 664, 340, 30, wood, 'rx="8"'), ellipse(600, 664, 170, 16, tint(wood, 0.18)));
  d.add(
    ellipse(566, 640, 36, 26, "#d9d3c3"),
    path(["M", 598, 634, "Q", 624, 632, 628, 616], "none", stroke("#d9d3c3", 8)),
    ellipse(566, 616, 12, 5, "#b8b09d"),
  );
  for (const cx of [664, 712])
    d.add(
      path(["M", cx - 17, 640, "L", cx + 17, 640, "L", cx + 11, 662, "L", cx - 11, 662, "Z"], "#e9e2d0"),
      ellipse(cx, 640, 17, 5, "#a8b87a"),
    );
  for (const [dx, at] of [
    [0, 604],
    [10, 598],
  ] as const)
    d.add(path(["M", 566 + dx, at, "q", 10, -16, 0, -30, "q", -9, -14, 3, -28], "none", stroke("#ffffff", 3, 0.55)));
}
