/** Figures as pictures for papers and slides. */
import sharp from "sharp";

/** The SVG as a PNG of `width` pixels on white. @throws Error when it is not SVG */
export async function svgToPng(svg: string, width: number): Promise<Buffer> {
  // librsvg draws at a density and sharp scales what was drawn: draw at least as large as asked for, so it stays sharp.
  const { width: natural } = await sharp(Buffer.from(svg)).metadata();
  const density = Math.min(72 * Math.max(1, width / natural), 2400);
  return sharp(Buffer.from(svg), { density }).resize({ width }).flatten({ background: "#ffffff" }).png().toBuffer();
}
