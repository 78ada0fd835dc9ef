package account

import "testing"

// TestCommon: what everybody's list of guesses begins with is refused, however it is dressed up; a
// sentence or a random word is not.
func TestCommon(t *testing.T) {
	for _, p := range []string{
		"Passw0rd!2026", "Summer2026!!", "Schengen2026!", "P@$$w0rd1234", "password1234", "qwertyuiop12", "1qaz2wsx3edc",
		"abcabcabcabc", "123456789012", "Welcome2026!", "B3ij1ng-2026", "Zhongguo1949", "M1gration2026", "OctoberOctober",
		"FrontexFrontex", "li.wei-li.wei", "liwei1234567", "LiWei@2026!!", "wei.li.2026!!", "December2026.", "Ch4ngeMe2026",
		"!QAZ2wsx#EDC", "!QAZ@WSX#EDC", "ZAQ!xsw2CDE#", "1234QWERasdf", "zxcvfdsaqwer", "qwe123!@#asdzxc", "Huawei@123456", "WeChat#20261",
		"Passport2026!", "P@ssp0rt2026", "Immigration1!", "Bord3rC0ntrol", "Dialogue2026#", "VisaBorder202", "Guojiayiminju1", "Huzhao123456!",
		"qianzheng2026", "Yiminju@12345", "ChuRuJing1234", "Waijiaobu2026", "duihua-hezuo-1", "Ｐａｓｓｐｏｒｔ２０２６",
	} {
		if !common("li.wei", p) {
			t.Errorf("%s is taken", p)
		}
	}
	for _, p := range []string{
		"herring quietly paints", "correct horse battery", "kT7#vQ2!xLm9", "谁知盘中餐粒粒皆辛苦", "tunnelwombat42", "zhangsanfeng-taiji",
		"passport for a wombat", "qX4!borderZt9e", "huawei sings quietly", "p7vQ!d2mWk#z", "hatred lasers", "minister ate a pear",
	} {
		if common("li.wei", p) {
			t.Errorf("%s is refused", p)
		}
	}
	if !common("zhang.wei", "zhangwei1234") {
		t.Error("the name to sign in with and figures are taken")
	}
}
