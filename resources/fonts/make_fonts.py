#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the studio's two fonts from Debian's `fonts-inter` (needs `python3-fonttools`).

    resources/fonts/make_fonts.py [/usr/share/fonts/opentype/inter]

Three changes to Inter, all allowed by its Open Font License:
- digits and the signs between them are the tabular ones by default, so that columns of bytes line
  up (Qt 6.4 cannot switch OpenType features on);
- only the glyphs a screen of this program can need are kept, which takes 260 KB to about 40 KB;
- it has a name of its own, "Tidemark Sans": Inter's is a trademark, and a name of our own can
  never be confused with an Inter installed on the machine, so that pixels do not depend on it.
The result is the same for the same input: timestamps come from the source font.
"""
import pathlib
import sys

from fontTools import subset
from fontTools.ttLib import TTFont

FAMILY = "Tidemark Sans"
WEIGHTS = ("Regular", "SemiBold")
RANGES = (
    (0x20, 0x7E), (0xA0, 0x17F),                 # Latin
    (0x391, 0x3A9), (0x3B1, 0x3C9),              # Greek, for formulas
    (0x2000, 0x206F), (0x2070, 0x209C),          # punctuation, super- and subscripts
    (0x2190, 0x21FF), (0x2200, 0x22FF),          # arrows, mathematical operators
    (0x25A0, 0x25FF), (0x2713, 0x2717), (0xFFFD, 0xFFFD),
)


def tabular_by_default(font):
    """Points the character map at the glyphs of the `tnum` feature."""
    gsub = font["GSUB"].table
    substitutes = {}
    for record in gsub.FeatureList.FeatureRecord:
        if record.FeatureTag == "tnum":
            for index in record.Feature.LookupListIndex:
                for table in gsub.LookupList.Lookup[index].SubTable:
                    substitutes.update(getattr(table, "ExtSubTable", table).mapping)
    wanted = {ord(c) for c in "0123456789"}
    for table in font["cmap"].tables:
        for code, glyph in table.cmap.items():
            if code in wanted:
                table.cmap[code] = substitutes.get(glyph, glyph)  # tables share one map


def rename(font):
    for record in font["name"].names:
        if record.nameID in (1, 3, 4, 6, 16):
            family = FAMILY.replace(" ", "") if record.nameID in (3, 6) else FAMILY
            record.string = str(record).replace("Inter", family, 1)
    font["name"].names = [r for r in font["name"].names if r.nameID < 256 and r.nameID != 7]
    top = font["CFF "].cff.topDictIndex[0]
    font["CFF "].cff.fontNames = [str(font["name"].getDebugName(6))]
    top.FullName, top.FamilyName = font["name"].getDebugName(4), FAMILY


def main():
    source = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "/usr/share/fonts/opentype/inter")
    codes = [code for first, last in RANGES for code in range(first, last + 1)]
    for weight in WEIGHTS:
        font = TTFont(source / f"Inter-{weight}.otf", recalcTimestamp=False)
        tabular_by_default(font)
        options = subset.Options(layout_features=["kern", "ccmp"], name_IDs=["*"], hinting=False,
                                 desubroutinize=False, notdef_outline=True)
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=codes)
        subsetter.subset(font)
        rename(font)
        target = pathlib.Path(__file__).parent / f"TidemarkSans-{weight}.otf"
        font.save(target)
        print(target.name, target.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
