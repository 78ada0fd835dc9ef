package timeline

// The key explains the shapes that occur in the plan, and only those.

const keyLine = 26

func (d *drawing) keyH() float64 {
	lines := 0
	d.eachKey(func(_, y float64, _ func(x, y float64), _ string) { lines = max(lines, int(y/keyLine)+1) })
	if lines == 0 {
		return 0
	}
	return float64(lines)*keyLine + 12
}

func (d *drawing) key() (out []func()) {
	d.eachKey(func(x, y float64, swatch func(x, y float64), words string) {
		out = append(out, func() {
			foot := d.end + 14
			if d.end > tall {
				foot = d.end + headH - 8
			}
			swatch(x, foot+y+16)
			d.f("<text class=\"note\" x=\"%v\" y=\"%v\" font-size=\"%v\" fill=\"%v\">%v</text>\n", x+40, foot+y+20.5, noteSize, muted, words)
		})
	})
	return out
}

func (d *drawing) eachKey(f func(x, y float64, swatch func(x, y float64), words string)) {
	x, y := 0.0, 0.0
	add := func(words string, swatch func(x, y float64)) {
		words = cut(words, 300, noteSize)
		if words == "" {
			return
		}
		w := 40 + measure(words, noteSize) + 26
		if x > 0 && x+w > Width {
			x, y = 0, y+keyLine
		}
		f(x, y, swatch, words)
		x += w
	}
	states := d.plan.states()
	for _, r := range states {
		add(r.StateWords, func(x, y float64) { d.shape(x+1, x+31, y, r.State, false, false, -1) })
	}
	vague, base, dep := false, false, false
	ids := map[string]bool{}
	for _, g := range d.plan.Groups {
		for i := range g.Rows {
			ids[g.Rows[i].ID] = true
		}
	}
	for _, g := range d.plan.Groups {
		for i := range g.Rows {
			r := &g.Rows[i]
			_, _, dated := r.bounds()
			vague = vague || dated && (r.FromVague || r.ToVague)
			base = base || r.Baseline != nil
			for _, id := range r.DependsOn {
				dep = dep || ids[id] && id != r.ID
			}
		}
	}
	if vague {
		add(d.plan.Words.Vague, func(x, y float64) { d.shape(x+1, x+31, y, states0(states), true, true, -1) })
	}
	if base {
		add(d.plan.Words.Baseline, func(x, y float64) {
			d.f(`<rect class="endorsed" x="%v" y="%v" width="30" height="%v" fill="none" stroke="%v"/>`, x+1, y-barH/2-2.5, barH+5.0, edge)
		})
	}
	if dep {
		add(d.plan.Words.DependsOn, func(x, y float64) {
			d.f(`<path class="dep" d="M%v %vV%vH%v" fill="none" stroke="%v"/><path class="dep-head" d="M%v %vl-5 -3v6z" fill="%v"/>`, x+6, y-7, y+2, x+30, edge, x+30, y+2, edge)
		})
	}
}

// states0 gives the state by which the key shows a dissolving bar: the first that occurs.
func states0(states []*Row) string {
	if len(states) == 0 {
		return "planned"
	}
	return states[0].State
}
