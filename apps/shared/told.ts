/** An event of any contract, for modules that hear what each app says. */
export interface Told {
  readonly type: "event";
  readonly module: string;
  readonly name: string;
  readonly payload: any;
  readonly key: (payload: any) => string;
}

export type PayloadOf<E extends Told> = Parameters<E["key"]>[0];
