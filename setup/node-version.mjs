/** The oldest Node.js that the house runs on; the same as `engines` in package.json. */
const oldest = [20, 19];

/** What is wrong with this Node.js, in a line that a person can act on; undefined when it will do. */
export function nodeComplaint(version = process.versions.node) {
  const [major, minor] = version.split(".").map(Number);
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return undefined;
  return `Node.js ${oldest.join(".")} or later is needed, this is ${version}: install it from https://nodejs.org`;
}
