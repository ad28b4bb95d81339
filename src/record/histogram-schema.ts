import { z } from "zod";
import { histogramSize } from "./histogram.ts";

const Count = z.number().int().min(0);

/** A histogram as it stands in a recording; what comes from disk may be anything. */
export const HistogramSchema = z
  .strictObject({ count: Count, sum: z.number(), min: z.number(), max: z.number(), buckets: z.array(Count).readonly() })
  .refine(
    ({ count, buckets }) => {
      let sum = 0;
      for (let at = 0; at < buckets.length; at += 2) {
        if (buckets[at]! >= histogramSize || buckets[at + 1] === undefined) return false;
        sum += buckets[at + 1]!;
      }
      return sum === count;
    },
    { message: "a histogram's buckets are index, count, … and add up to its count" },
  );
