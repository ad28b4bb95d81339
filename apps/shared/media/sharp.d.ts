/** sharp 0.35.0 has types, and leaves them out of its `exports`. */
declare module "sharp" {
  const sharp: typeof import("../../../node_modules/sharp/lib/index.js");
  export default sharp;
}
