/// How a report looks. Colours are those of Okabe and Ito ("Color Universal Design", 2008), which people with any kind of
/// colour vision tell apart, made darker or lighter until text-sized things stand out 3 : 1 from the page; lines differ
/// in their patterns, too.
enum Stylesheet {
  static var element: Markup { .stylesheet(rules) }

  private static let rules: StaticString = """
    :root {
      color-scheme: light dark;
      --page: #ffffff; --panel: #f5f7f9; --text: #1b2027; --soft: #545d68; --rule: #d3d9e0; --track: #e7ebef;
      --c0: #0067a5; --c1: #c2510a; --c2: #007a5a; --c3: #a4518a; --c4: #7a5c00;
      --h0: #eef4fa; --h1: #dbe8f4; --h2: #c3d9ec; --h3: #a3c5e1; --h4: #78aad2; --h5: #2f79b3; --h6: #125f9c; --h7: #08426f;
      --m0: #fdf1e8; --m1: #fbe2cf; --m2: #f8ccab; --m3: #f3b184; --m4: #ea9058; --m5: #b9500f; --m6: #93400d; --m7: #6c2f0a;
      --on: #ffffff; --off: #1b2027;
    }
    @media (prefers-color-scheme: dark) {
      :root {
        --page: #14181d; --panel: #1c2229; --text: #e6eaee; --soft: #a3adb8; --rule: #39424c; --track: #2b333c;
        --c0: #5cb3ea; --c1: #f0934e; --c2: #3fc39b; --c3: #dc95c5; --c4: #e3c14c;
        --h0: #1b2731; --h1: #1e3345; --h2: #214158; --h3: #26506f; --h4: #2e658c; --h5: #5aa6dc; --h6: #8cc4ea; --h7: #c4e2f7;
        --m0: #2c231d; --m1: #402b1f; --m2: #553521; --m3: #6d4124; --m4: #8a5027; --m5: #ee9350; --m6: #f6b587; --m7: #fbd8bf;
        --on: #14181d; --off: #e6eaee;
      }
    }
    * { box-sizing: border-box; }
    body {
      margin: 0 auto; padding: 1.5rem 1rem 3rem; max-width: 72rem; background: var(--page); color: var(--text);
      font: 1rem/1.5 system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere;
    }
    h1 { font-size: clamp(1.4rem, 1rem + 2vw, 2.1rem); line-height: 1.2; margin: 0 0 .25rem; }
    h2 { font-size: 1.3rem; margin: 2.75rem 0 .75rem; padding-top: .75rem; border-top: 1px solid var(--rule); }
    h3 { font-size: 1.05rem; margin: 1.75rem 0 .5rem; }
    p { margin: .5rem 0; max-width: 48rem; }
    .kind, .about, .note, .caution { color: var(--soft); }
    .kind { margin: 0; }
    .note { font-size: .875rem; }
    .verdict { background: var(--panel); border-left: .35rem solid var(--c0); padding: 1rem 1.25rem; margin: 1.25rem 0 0; }
    .verdict h2 { margin: 0 0 .25rem; padding: 0; border: 0; font-size: 1rem; color: var(--soft); }
    .verdict .first { font-size: 1.2rem; line-height: 1.4; }
    figure { margin: 0; }
    figcaption { font-weight: 600; margin-bottom: .35rem; }
    .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 1.75rem 2rem; }
    .after { margin-top: 1.5rem; }
    .charts h3 { margin-top: 0; }
    .chart { max-width: 36rem; min-width: 0; }
    svg { display: block; width: 100%; height: auto; }
    svg text { font: 12px system-ui, "Segoe UI", "Helvetica Neue", Arial, sans-serif; fill: var(--soft); }
    svg text.name { fill: var(--text); }
    svg .middle { text-anchor: middle; }
    svg .end { text-anchor: end; }
    svg text.cell.on { fill: var(--on); }
    svg text.cell.off { fill: var(--off); }
    .grid { stroke: var(--rule); fill: none; }
    .axis { stroke: var(--soft); fill: none; }
    .reference { stroke: var(--soft); stroke-dasharray: 2 4; fill: none; }
    .mark { stroke: var(--text); stroke-width: 1.5; stroke-dasharray: 1 3; fill: none; }
    .line { fill: none; stroke-width: 2.2; stroke-linejoin: round; }
    .line.s0 { stroke: var(--c0); }
    .line.s1 { stroke: var(--c1); stroke-dasharray: 7 3; }
    .line.s2 { stroke: var(--c2); stroke-dasharray: 2.5 2.5; }
    .line.s3 { stroke: var(--c3); stroke-dasharray: 10 3 2 3; }
    .line.s4 { stroke: var(--c4); stroke-dasharray: 14 4; }
    .dot { stroke: var(--page); stroke-width: 1; }
    .dot.s0 { fill: var(--c0); } .dot.s1 { fill: var(--c1); } .dot.s2 { fill: var(--c2); }
    .legend { list-style: none; margin: .4rem 0; padding: 0; display: flex; flex-wrap: wrap; gap: .2rem 1rem; font-size: .875rem; }
    .legend li { display: flex; align-items: center; gap: .4rem; }
    .key { width: 30px; flex: none; }
    .swatch { width: 16px; flex: none; }
    .wide { min-width: 0; }
    .wide .frame { padding: .25rem; }
    .heat { margin: 0; }
    .empty { fill: var(--panel); stroke: var(--rule); }
    .run { fill: none; stroke-width: 1; shape-rendering: crispEdges; }
    .hit0 { fill: var(--h0); stroke: var(--h0); } .hit1 { fill: var(--h1); stroke: var(--h1); }
    .hit2 { fill: var(--h2); stroke: var(--h2); } .hit3 { fill: var(--h3); stroke: var(--h3); }
    .hit4 { fill: var(--h4); stroke: var(--h4); } .hit5 { fill: var(--h5); stroke: var(--h5); }
    .hit6 { fill: var(--h6); stroke: var(--h6); } .hit7 { fill: var(--h7); stroke: var(--h7); }
    .miss0 { fill: var(--m0); stroke: var(--m0); } .miss1 { fill: var(--m1); stroke: var(--m1); }
    .miss2 { fill: var(--m2); stroke: var(--m2); } .miss3 { fill: var(--m3); stroke: var(--m3); }
    .miss4 { fill: var(--m4); stroke: var(--m4); } .miss5 { fill: var(--m5); stroke: var(--m5); }
    .miss6 { fill: var(--m6); stroke: var(--m6); } .miss7 { fill: var(--m7); stroke: var(--m7); }
    .frame { overflow-x: auto; margin: .5rem 0; }
    .frame.long { max-height: 40rem; overflow-y: auto; border: 1px solid var(--rule); }
    .frame:focus-visible, summary:focus-visible { outline: 2px solid var(--c0); outline-offset: 2px; }
    table { border-collapse: separate; border-spacing: 0; font-size: .9rem; font-variant-numeric: tabular-nums; min-width: min(100%, 34rem); }
    caption { text-align: left; color: var(--soft); padding: .25rem .5rem .4rem; }
    th, td { text-align: left; padding: .28rem .5rem; border-bottom: 1px solid var(--rule); vertical-align: middle; }
    thead th { color: var(--soft); font-weight: 600; background: var(--page); white-space: nowrap; }
    .long thead th { position: sticky; top: 0; }
    tbody th { font-weight: 600; min-width: 3rem; max-width: 18rem; position: sticky; left: 0; background: var(--page); }
    td { white-space: nowrap; }
    .number { text-align: right; }
    .value { display: inline-block; min-width: 2.6rem; text-align: right; margin-right: .5rem; vertical-align: middle; }
    .value.wide { min-width: 4.6rem; }
    .bar { display: inline-block; width: clamp(3.5rem, 11vw, 9rem); height: .75rem; vertical-align: middle; }
    .track { fill: var(--track); }
    .fill0 { fill: var(--c0); } .fill1 { fill: var(--c1); } .fill2 { fill: var(--c2); }
    .whisker { stroke: var(--text); stroke-width: 1.2; fill: none; vector-effect: non-scaling-stroke; }
    .whisker.under { stroke: var(--page); stroke-width: 3.5; }
    a { color: var(--c0); }
    tbody th a { display: inline-block; min-width: 9rem; }
    details { margin: .5rem 0; }
    summary { cursor: pointer; color: var(--c0); font-size: .9rem; }
    dl { margin: .5rem 0; font-size: .9rem; display: grid; grid-template-columns: minmax(8rem, 14rem) minmax(0, 1fr); }
    dt, dd { padding: .25rem .5rem; border-bottom: 1px solid var(--rule); }
    dt { font-weight: 600; }
    dd { margin: 0; white-space: pre-line; }
    footer { margin-top: 3rem; border-top: 1px solid var(--rule); color: var(--soft); font-size: .875rem; }
    @media (max-width: 40rem) {
      body { padding: 1rem .75rem 2rem; }
      .verdict { padding: .75rem 1rem; }
      .verdict .first { font-size: 1.1rem; }
      th, td { padding: .25rem .35rem; }
      dl { grid-template-columns: minmax(0, 1fr); }
      dt { border: 0; padding-bottom: 0; }
      .value { min-width: 2rem; margin-right: .25rem; }
      .value.wide { min-width: 4rem; }
      .bar { width: 2rem; }
      tbody th { max-width: 8.5rem; }
      table { min-width: 100%; }
    }
    @media print {
      :root {
        --page: #ffffff; --panel: #f5f7f9; --text: #000000; --soft: #444c55; --rule: #c8ced5; --track: #e7ebef;
        --c0: #0067a5; --c1: #c2510a; --c2: #007a5a; --c3: #a4518a; --c4: #7a5c00;
        --h0: #eef4fa; --h1: #dbe8f4; --h2: #c3d9ec; --h3: #a3c5e1; --h4: #78aad2; --h5: #2f79b3; --h6: #125f9c; --h7: #08426f;
        --m0: #fdf1e8; --m1: #fbe2cf; --m2: #f8ccab; --m3: #f3b184; --m4: #ea9058; --m5: #b9500f; --m6: #93400d; --m7: #6c2f0a;
        --on: #ffffff; --off: #1b2027;
      }
      body { font-size: 10pt; max-width: none; padding: 0; print-color-adjust: exact; -webkit-print-color-adjust: exact; }
      .frame, .frame.long { overflow: visible; max-height: none; border: 0; }
      .heat { min-width: 0 !important; max-width: 100% !important; }
      .charts { grid-template-columns: 1fr 1fr; }
      figure, tr, .verdict { break-inside: avoid; }
      h2, h3, figcaption { break-after: avoid; }
      .bar { width: 4rem; }
      details:not([open]) { display: none; }
    }

    """
}
