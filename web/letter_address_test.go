package web

import (
	"context"
	"net/url"
	"testing"

	"entente/internal/db"
)

// TestCodeSaysWhere: the page before and the card say to which address a code goes by mail, or that it
// goes to none.
func TestCodeSaysWhere(t *testing.T) {
	s := newTest(t)
	s.sendMail()
	const at = "/en/institutions/{institution/nia}/invite"
	s.want(s.get("cn-focal-point", at), 200, "whoever reads there can come in by it")
	form := url.Values{"title.en": {"Colleague"}, "function": {"contributor"}, "language": {"en"}, "address": {"colleague@nia.example"}}
	made := s.post("cn-focal-point", at, form)
	s.want(made, 200, "to colleague@nia.example")
	code, person := card(t, made)
	const none = "The code is not sent by mail"
	s.want(s.get("cn-focal-point", "/en/people/"+person), 200, none, "!colleague@nia.example")
	password := "several words of mine"
	s.as("colleague", s.post(visitor, "/en/invitation/"+code, url.Values{"login": {"colleague"}, "password": {password}, "again": {password}}))
	if err := s.db.Write(t.Context(), func(ctx context.Context, tx *db.Tx) error {
		_, err := tx.Exec(ctx, `update notice_address set confirmed = $2 where person = $1`, person, db.Stamp(tx.Now()))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	s.want(s.get("cn-focal-point", "/zh/people/"+person), 200, "新的邀请码将以邮件发送至colleague@nia.example")
	s.want(s.get("eu-focal-point", "/en/people/"+person), 200, "!colleague@nia.example", "!"+none)

	// By the project team's invitation, who comes in may have any address.
	made = s.post("project-team", at, form)
	s.want(made, 200, "to colleague@nia.example")
	_, person = card(t, made)
	s.want(s.get("cn-focal-point", "/en/people/"+person), 200, none, "!colleague@nia.example")
	s.want(s.post("cn-focal-point", "/en/people/"+person+"/invitation", nil), 200, "to nobody: hand over this card", "!colleague@nia.example")
}
