import { z } from "zod";

/** Money is whole won; there is no smaller coin, and no fraction is ever kept. */
export const Won = z.number().int().min(0).max(1_000_000_000);
