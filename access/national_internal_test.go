package access

import (
	"strings"
	"testing"

	"entente/standard/tlp"
)

// TestNational: a national mark is any short text that does not declare classified material.
func TestNational(t *testing.T) {
	for _, mark := range []string{
		"", "内部", "内部资料", "LIMITE", "SENSITIVE", "EU: LIMITE UNTIL ADOPTION", "仅供工作使用", "Not for publication", "工作秘密管理",
		"Secretariat only", "non classifié", strings.Repeat("内", 60), "秘密会谈记录", "机密打印室",
	} {
		if f := CheckNational(tlp.AMBER, mark); len(f) > 0 {
			t.Errorf("%q: %v", mark, f)
		}
	}
	for _, mark := range []string{
		"国家秘密", "秘密", "机密", "绝密", "機密", "机密★１０年", "机密★10年", "秘密 ★ 5年", "绝密★长期", "机密级", "机密件", "【秘密】", "SECRET", "Secret", "ＳＥＣＲＥＴ", "top  secret",
		"CONFIDENTIEL UE/EU CONFIDENTIAL", "RESTREINT UE/EU RESTRICTED", "restreint ue", "TRÈS SECRET UE/EU TOP SECRET", "Très Secret", "VS-NfD", "VS – Vertraulich", "STRENG GEHEIM", "Stg. Geheim",
	} {
		if f := CheckNational(tlp.AMBER, mark); len(f) != 1 || f[0].Key != "fault.national-classified" {
			t.Errorf("%q: %v", mark, f)
		}
	}
	if f := CheckNational(tlp.GREEN, strings.Repeat("内", 61)); len(f) != 1 || f[0].Key != "fault.national-long" {
		t.Errorf("61 characters: %v", f)
	}
	if f := CheckNational(tlp.CLEAR, "内部"); len(f) != 1 || f[0].Key != "fault.national-clear" {
		t.Errorf("under CLEAR: %v", f)
	}
}
