import { describe, expect, test } from "vitest";
import { Labels } from "./_labels.ts";

const tell = (
  labels: Labels,
  ...devices: readonly (readonly [id: string, name: string])[]
) => [
  ...labels.tell(devices.map(([id, name]) => ({ id, name, where: id.toUpperCase() }))).values(),
];

describe("labels of devices that look alike", () => {
  test("two of them are told apart by where they are plugged in; a third kind is not", () => {
    expect(tell(new Labels(), ["a", "X"], ["b", "X"], ["c", "Y"])).toEqual(["X [A]", "X [B]", "Y"]);
  });

  test("one keeps its label when the other goes", () => {
    const labels = new Labels();
    tell(labels, ["a", "X"], ["b", "X"]);
    expect(tell(labels, ["b", "X"])).toEqual(["X [B]"]);
  });

  test("one keeps its label when another comes", () => {
    const labels = new Labels();
    tell(labels, ["a", "X"]);
    expect(tell(labels, ["a", "X"], ["b", "X"])).toEqual(["X", "X [B]"]);
  });

  test("what went and comes back is told anew, and so is another device in its place", () => {
    const labels = new Labels();
    tell(labels, ["a", "X"], ["b", "X"]);
    tell(labels);
    expect(tell(labels, ["b", "X"])).toEqual(["X"]);
    expect(tell(labels, ["b", "Y"])).toEqual(["Y"]);
  });
});
