package docx

// Layout is the page and its type. Lengths are in twentieths of a point, sizes in half points, as
// WordprocessingML counts them (17.18.81, 17.18.84).
type Layout struct {
	Top, Right, Bottom, Left int
	Body, Title, Head        string // families for Latin text
	Han                      Han    // families for Chinese text
	Size, TitleSize          int
	Line                     int    // exact distance of lines; 0: one and a quarter of the size
	Indent                   int    // hundredths of a character before a paragraph's first line
	Centred                  bool   // title and letterhead stand in the middle
	Colour                   string // of the letterhead and its line
	Pages                    string // around the page's number, which stands for #
}

// Han names the families of Chinese type. A family that a machine lacks is replaced by one of its
// other names in the table of fonts.
type Han struct{ Body, Title, Head, Subhead string }

const mm = 1440.0 / 25.4 // twentieths of a point

func length(millimetres float64) int { return int(millimetres*mm + .5) }

// Memo is a plain memorandum on A4.
var Memo = Layout{
	Top: length(25), Right: length(25), Bottom: length(22), Left: length(25),
	Body: "Calibri", Title: "Georgia", Head: "Georgia",
	Han:  Han{Body: "宋体", Title: "宋体", Head: "黑体", Subhead: "黑体"},
	Size: 22, TitleSize: 36, Colour: "1B2330", Pages: "# / ##",
}

// Official is the page of official documents in China (GB/T 9704-2012): A4 with a type area of 156
// by 225 mm, 37 mm above it and 28 mm at the binding (5.2.1); text in 仿宋 of size 3, 22 lines a
// page (5.2.2, 5.2.3); the title in 小标宋 of size 2, centred (7.3.1); headings in 黑体 and 楷体
// (7.3.3); the page's number between dashes (7.5).
var Official = Layout{
	Top: length(37), Right: length(26), Bottom: length(35), Left: length(28),
	Body: "Times New Roman", Title: "Times New Roman", Head: "Times New Roman",
	Han:  Han{Body: "仿宋", Title: "方正小标宋简体", Head: "黑体", Subhead: "楷体"},
	Size: 32, TitleSize: 44, Line: 580, Indent: 200, Centred: true, Colour: "A8322A", Pages: "— # —",
}

// width is that of the type area.
func (l Layout) width() int { return pageWidth - l.Left - l.Right }

// A4, 210 by 297 mm.
const pageWidth, pageHeight = 11906, 16838

// fonts are the families that layouts name, with the names under which other machines have the
// same or the next best (17.8.3.1 altName; several are separated by commas).
var fonts = []struct{ name, other, panose, family string }{
	{"Calibri", "Carlito,Noto Sans", "020F0502020204030204", "swiss"},
	{"Georgia", "Gelasio,Noto Serif", "02040502050405020303", "roman"},
	{"Times New Roman", "Liberation Serif", "02020603050405020304", "roman"},
	{"Courier New", "Liberation Mono", "02070309020205020404", "modern"},
	{"仿宋", "FangSong,仿宋_GB2312,STFangsong,华文仿宋,Noto Serif CJK SC", "02010609060101010101", "modern"},
	{"楷体", "KaiTi,楷体_GB2312,STKaiti,华文楷体,Noto Serif CJK SC", "02010609060101010101", "modern"},
	{"黑体", "SimHei,STHeiti,华文黑体,Noto Sans CJK SC", "02010609060101010101", "modern"},
	{"宋体", "SimSun,STSong,华文宋体,Noto Serif CJK SC", "02010600030101010101", "auto"},
	{"方正小标宋简体", "FZXiaoBiaoSong-B05S,小标宋,方正小标宋_GBK,STZhongsong,华文中宋,Noto Serif CJK SC", "02010600030101010101", "auto"},
}
