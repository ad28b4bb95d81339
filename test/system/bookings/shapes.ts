import { topology, type App, type Topology } from "seamline";

/** The topologies under which bookings are tried: all in one, all apart, and something in between. */
export const shapes = {
  monolith: (app: App): Topology => topology({ processes: { stay: { modules: partsOf(app), port: 0 } } }),
  microservices: (app: App): Topology =>
    topology({
      processes: Object.fromEntries(
        // The provider calls payments back over HTTP.
        partsOf(app).map((part) => [part, { modules: [part], ...(isAnswering(app, part) && { port: 0 }) }]),
      ),
      data: "server-per-module",
    }),
  mixed(app: App): Topology {
    const apart = ["availability", "bookings", "payments"];
    return topology({
      processes: {
        rest: { modules: partsOf(app).filter((part) => !apart.includes(part)), port: 0 },
        nights: { modules: ["availability", "bookings"] },
        money: { modules: ["payments"], port: 0 },
      },
      data: "pool-per-module",
    });
  },
} as const;

export type Shape = keyof typeof shapes;

function partsOf(app: App): string[] {
  return [...Object.keys(app.modules), ...Object.keys(app.pages)];
}

function isAnswering(app: App, part: string): boolean {
  return part in app.pages || part === "payments";
}
