import { below, circle, ellipse, path, rect, ridge, shade, tint, width, type Drawing } from "./drawing.ts";
import { bridge, cabin, hanok, skyline, stoneHouse, stoneWall, terraces, tower, villa } from "./houses.ts";
import { air, boat, fir, ground, hills, islands, peak, pine, roundTree, sky, water } from "./nature.ts";
import { mix } from "./palette.ts";

/** Views of the twelve places: each draws a whole picture, differently for each chance. */

export type Scene = (d: Drawing) => void;

const tangerine = "#f2902f";

export const riverCity: Scene = (d) => {
  sky(d, [0.72, 0.22]);
  hills(d, 430, 470, 2, 50);
  skyline(d, 540, 230, 0.3, 0.45);
  skyline(d, 560, 130, 0.5, 0.85);
  water(d, 560, 0.72);
  bridge(d, 592);
  air(d);
};

export const oldCity: Scene = (d) => {
  sky(d, [0.24, 0.2]);
  hills(d, 400, 470, 3, 50);
  tower(d, 850, 440, 200);
  skyline(d, 520, 120, 0.25, 0.6);
  ground(d, 600, 10);
  for (const [x, w] of [
    [140, 300],
    [1080, 330],
  ] as const)
    hanok(d, x, 640, w);
  hanok(d, 600, 720, 560);
  stoneWall(d, 786, 44, "#a59a8c");
  pine(d, 205, 790, 150);
  air(d);
};

export const bay: Scene = (d) => {
  sky(d, [0.62, 0.36]);
  islands(d, 470, 3);
  hills(d, 450, 480, 2, 46);
  water(d, 480, 0.62);
  skyline(d, 500, 190, 0.4, 0.7);
  d.add(rect(0, 500, width, 300, d.vertical([0, d.colours.water[0]], [1, d.colours.water[1]])));
  water(d, 500, 0.62);
  bridge(d, 556);
  boat(d, 250, 680, 34);
  boat(d, 960, 640, 22);
  air(d);
};

export const beachHouse: Scene = (d) => {
  sky(d, [0.3, 0.24]);
  islands(d, 452, 4);
  water(d, 452, 0.3);
  const sand = ridge(d, 650, 26, 1.1);
  const tone = mix("#f3e2bd", d.colours.ground[0], d.colours.air === "stars" ? 0.75 : 0.12);
  d.add(
    below((x) => sand(x) - 14, "#ffffff", 'fill-opacity="0.55"'),
    below(sand, d.vertical([0, tone], [1, shade(tone, 0.08)])),
  );
  villa(d, 800, 690, 460);
  pine(d, 1110, 730, 210, -1);
  pine(d, 130, 770, 250);
  air(d);
};

export const pineShore: Scene = (d) => {
  sky(d, [0.5, 0.47], 58);
  water(d, 470, 0.5);
  boat(d, 700, 520, 20);
  ground(d, 690, 18);
  for (const [x, size, lean] of [
    [90, 330, 1],
    [250, 250, -1],
    [960, 280, 1],
    [1110, 350, -1],
  ] as const)
    pine(d, x, 740 + d.between(-16, 16), size, lean);
  air(d);
};

export const rockPeaks: Scene = (d) => {
  sky(d, [0.7, 0.2]);
  peak(d, 420, 560, 380, 330);
  peak(d, 820, 560, 420, 390);
  peak(d, 610, 570, 330, 250);
  hills(d, 520, 600, 3, 40);
  ground(d, 650, 16);
  for (let index = 0; index < 9; index++) fir(d, d.between(0, 330), d.between(650, 740), d.between(90, 170));
  for (let index = 0; index < 7; index++) fir(d, d.between(930, 1200), d.between(650, 740), d.between(90, 170));
  cabin(d, 620, 724, 250);
  air(d);
};

export const harbour: Scene = (d) => {
  sky(d, [0.26, 0.3]);
  islands(d, 440, 6);
  water(d, 440, 0.26);
  for (const [x, y, size] of [
    [330, 520, 18],
    [620, 560, 28],
    [820, 500, 14],
    [210, 630, 40],
  ] as const)
    boat(d, x, y, size);
  const shore = ridge(d, 690, 26, 1);
  d.add(below(shore, d.vertical([0, d.colours.ground[0]], [1, d.colours.ground[1]])));
  for (const [x, roof] of [
    [640, "#d9653b"],
    [800, "#3f7fa6"],
    [950, "#e0a33f"],
  ] as const)
    stoneHouse(d, x, shore(x) + 30 + d.between(0, 12), 150, roof);
  roundTree(d, 1090, shore(1090) + 44, 120);
  pine(d, 120, 780, 170);
  air(d);
};

export const royalTombs: Scene = (d) => {
  sky(d, [0.76, 0.24]);
  hills(d, 420, 500, 4, 54);
  ground(d, 570, 10);
  for (const [x, y, r] of [
    [270, 640, 250],
    [610, 630, 170],
    [930, 650, 280],
  ] as const) {
    const colour = d.colours.ground[0];
    d.add(ellipse(x, y, r, r * 0.66, d.vertical([0, tint(colour, 0.2)], [0.6, colour], [1, shade(colour, 0.15)])));
  }
  ground(d, 668, 8);
  hanok(d, 560, 762, 400);
  roundTree(d, 140, 770, 220);
  roundTree(d, 980, 760, 200);
  roundTree(d, 1120, 790, 240);
  air(d);
};

export const hanokYard: Scene = (d) => {
  sky(d, [0.22, 0.2]);
  hills(d, 400, 540, 4, 60);
  ground(d, 620, 8);
  hanok(d, 160, 640, 380);
  hanok(d, 700, 720, 720);
  roundTree(d, 130, 780, 230, d.colours.air === "birds" ? "#f0762e" : undefined);
  stoneWall(d, 800, 42, "#9c9284");
  for (let jar = 0; jar < 5; jar++) {
    const x = 1030 + jar * 34;
    d.add(ellipse(x, 742 + (jar % 2) * 8, 19, 22, "#6b4434"), ellipse(x, 722 + (jar % 2) * 8, 15, 5, "#8a5a46"));
  }
  air(d);
};

export const islandSea: Scene = (d) => {
  sky(d, [0.56, 0.38], 52);
  for (let row = 0; row < 3; row++) islands(d, 462 + row * 5, 4);
  water(d, 470, 0.56);
  for (let index = 0; index < 5; index++) boat(d, d.between(80, 1120), d.between(520, 640), d.between(12, 26));
  const shore = ridge(d, 730, 24, 1);
  d.add(below(shore, d.vertical([0, d.colours.ground[0]], [1, d.colours.ground[1]])));
  villa(d, 250, 748, 330);
  pine(d, 1080, 780, 270, -1);
  air(d);
};

export const riceTerraces: Scene = (d) => {
  sky(d, [0.74, 0.22]);
  islands(d, 418, 5);
  water(d, 418, 0.74);
  boat(d, 850, 470, 16);
  terraces(d, 540);
  stoneHouse(d, 300, 668, 210, "#d9653b");
  roundTree(d, 130, 720, 130);
  roundTree(d, 470, 690, 90);
  pine(d, 1060, 770, 230, -1);
  air(d);
};

export const tangerineField: Scene = (d) => {
  sky(d, [0.2, 0.2]);
  peak(d, 680, 520, 640, 230);
  hills(d, 480, 540, 2, 26);
  ground(d, 560, 10);
  const green = d.colours.air === "stars" ? d.colours.leaves : (["#5d9a52", "#2f6e42"] as const);
  const grove = (y: number, size: number, step: number): void => {
    for (let x = -20; x < width + 40; x += step) {
      const [at, top] = [x + d.between(-14, 14), y + d.between(-6, 6)];
      for (let leaf = 0; leaf < 6; leaf++)
        d.add(
          circle(
            at + d.between(-0.5, 0.5) * size,
            top - size * d.between(0.3, 0.9),
            size * d.between(0.3, 0.46),
            mix(green[1], green[0], d.random.unit()),
          ),
        );
      for (let fruit = 0; fruit < 8; fruit++)
        d.add(circle(at + d.between(-0.7, 0.7) * size, top - size * d.between(0.15, 1.2), size * 0.085, tangerine));
    }
  };
  grove(600, 44, 76);
  stoneHouse(d, 700, 690, 300);
  stoneWall(d, 716, 40);
  grove(800, 82, 150);
  air(d);
};

export const lavaShore: Scene = (d) => {
  sky(d, [0.78, 0.26]);
  peak(d, 260, 452, 420, 130);
  water(d, 446, 0.78);
  for (let index = 0; index < 22; index++) {
    const [x, y] = [d.between(0, width), d.between(610, 690)];
    d.add(
      ellipse(x, y + 8, 46, 7, "#ffffff", 'fill-opacity="0.5"'),
      ellipse(x, y, d.between(20, 58), d.between(9, 22), mix("#3b3b42", "#5c5a60", d.random.unit())),
    );
  }
  ground(d, 690, 10);
  stoneWall(d, 722, 38);
  stoneHouse(d, 820, 764, 330, "#4f7d8c");
  for (let x = 30; x < 520; x += 42) {
    const y = 790 + d.between(-20, 10);
    for (let flower = 0; flower < 9; flower++)
      d.add(circle(x + d.between(-24, 24), y - d.between(0, 50), 6, d.random.pick(["#f7d154", "#ffe38a", "#f2b93b"])));
  }
  air(d);
};

export const lake: Scene = (d) => {
  sky(d, [0.66, 0.22]);
  hills(d, 380, 490, 5, 64);
  water(d, 500, 0.66);
  const bank = ridge(d, 690, 22, 1);
  for (let x = 0; x < width; x += 46) fir(d, x + d.between(-12, 12), 512, d.between(40, 84));
  d.add(below(bank, d.vertical([0, d.colours.ground[0]], [1, d.colours.ground[1]])));
  cabin(d, 330, 744, 270);
  d.add(path(["M", 640, 800, "L", 700, 640, "L", 724, 640, "L", 720, 800, "Z"], "#9b7450"));
  for (let plank = 0; plank < 9; plank++)
    d.add(rect(634 + plank * 7.5, 792 - plank * 17, 96 - plank * 8, 2.2, "#6d4f36", 'fill-opacity="0.6"'));
  fir(d, 100, 780, 260);
  fir(d, 1090, 790, 300);
  fir(d, 980, 780, 200);
  air(d);
};

export const riverBend: Scene = (d) => {
  sky(d, [0.3, 0.22]);
  hills(d, 380, 520, 5, 58);
  water(d, 560, 0.3);
  const bank = ridge(d, 640, 34, 0.8);
  d.add(below(bank, d.vertical([0, d.colours.ground[0]], [1, d.colours.ground[1]])));
  hanok(d, 360, 700, 330);
  hanok(d, 820, 730, 440);
  stoneWall(d, 790, 36, "#9c8f7c");
  pine(d, 100, 780, 260);
  roundTree(d, 1120, 770, 190);
  air(d);
};
