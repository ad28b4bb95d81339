import { module } from "seamline";
import { echo } from "./echo.contract.ts";

export default module(echo, {
  async echo(input) {
    return input;
  },
  async list(input) {
    return input;
  },
});
