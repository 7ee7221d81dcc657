// Draws each chart from the table below it, so that both say the same.
"use strict";

const COLOURS = ["#1f5fae", "#d9730d", "#a61e4d", "#5f6b7a", "#2b8a3e"];
const PAPER = 640;
const drawn = [];

function numbersOf(table) {
  const titles = [...table.tHead.rows[0].cells].map((cell) => cell.textContent);
  const rows = [...table.tBodies[0].rows];
  const columns = titles.map((_, place) => place)
    .filter((place) => rows.length && "n" in rows[0].cells[place].dataset);
  return {
    labels: rows.map((row) => row.cells[0].textContent.replace(/^\d+年/, "")),
    series: columns.map((place) => ({
      name: titles[place],
      data: rows.map((row) => Number(row.cells[place].textContent)),
    })),
  };
}

function draw(element) {
  const { labels, series } = numbersOf(document.getElementById(element.dataset.of).querySelector("table"));
  const isStack = element.dataset.chart === "stack";
  const chart = echarts.init(element, null, { renderer: "canvas", devicePixelRatio: 2 });
  chart.setOption({
    animation: false,
    color: COLOURS,
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    // As HTML it would carry styles that the page's policy forbids.
    tooltip: { trigger: "axis", renderMode: "richText", confine: true },
    legend: { top: 0, left: 0, itemWidth: 14, itemHeight: 10 },
    grid: { left: 8, right: 12, top: 36, bottom: 4, containLabel: true },
    xAxis: { type: "category", data: labels, axisTick: { alignWithLabel: true } },
    yAxis: { type: "value", minInterval: 1 },
    series: series.map((one) => ({
      ...one,
      type: isStack ? "bar" : "line",
      stack: isStack ? "all" : undefined,
      barMaxWidth: 28,
      symbolSize: 5,
      lineStyle: { width: 2 },
    })),
  });
  drawn.push(chart);
}

document.querySelectorAll(".chart").forEach(draw);
window.addEventListener("resize", () => drawn.forEach((chart) => chart.resize()));

// On paper the numbers stand below each chart, which is as wide as the sheet.
let opened = [];
window.addEventListener("beforeprint", () => {
  opened = [...document.querySelectorAll("details:not([open])")];
  opened.forEach((details) => { details.open = true; });
  drawn.forEach((chart) => {
    chart.resize({ width: PAPER, height: 220 });
    // The sheet is taken before the next frame.
    chart.getZr().flush();
  });
});
window.addEventListener("afterprint", () => {
  opened.forEach((details) => { details.open = false; });
  drawn.forEach((chart) => chart.resize({ width: "auto", height: "auto" }));
});
