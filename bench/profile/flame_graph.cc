#include "bench/profile/flame_graph.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "bench/profile/short_name.h"

namespace tollgate::bench {
namespace {

constexpr double kNominalWidth = 1200;  // pixels, without a script
constexpr double kSideMargin = 0.5;     // percent
constexpr double kFrameWidthMin = 0.3;  // pixels
constexpr double kLabelWidthMin = 24;   // pixels; the script has it too
constexpr size_t kRowHeight = 18;
constexpr size_t kHeadHeight = 60;
constexpr size_t kFootHeight = 12;
constexpr size_t kColours = 16;

struct Node {
  std::map<std::string_view, std::unique_ptr<Node>> children;
  uint64_t samples = 0;
};

Node& ChildOf(Node& node, std::string_view name) {
  std::unique_ptr<Node>& child = node.children[name];
  if (child == nullptr) child = std::make_unique<Node>();
  return *child;
}

void AddStack(const FoldedStack& stack, Node& root) {
  Node* node = &root;
  node->samples += stack.samples;
  for (size_t i = 0; i < stack.frames.size(); ++i) {
    const bool cut = i + 1 == kFramesMax && stack.frames.size() > kFramesMax;
    node = &ChildOf(*node, cut ? kFramesLeftOut : stack.frames[i]);
    node->samples += stack.samples;
    if (cut) break;
  }
}

// Returns the length of the UTF-8 sequence that `text` begins with, as XML
// allows it, or 0.
size_t CharacterLength(std::string_view text) {
  const auto byte = [&](size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U;
  };
  const auto follows = [&](size_t i, unsigned low = 0x80,
                           unsigned high = 0xBF) {
    return byte(i) >= low && byte(i) <= high;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7F ? 1 : 0;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if (first >= 0xE0 && first <= 0xEF) {
    const bool second =
        follows(1, first == 0xE0 ? 0xA0 : 0x80, first == 0xED ? 0x9F : 0xBF);
    const bool character = first != 0xEF || byte(1) != 0xBF || byte(2) < 0xBE;
    return second && follows(2) && character ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool second =
        follows(1, first == 0xF0 ? 0x90 : 0x80, first == 0xF4 ? 0x8F : 0xBF);
    return second && follows(2) && follows(3) ? 4 : 0;
  }
  return 0;
}

std::string_view EntityOf(char c) {
  switch (c) {
    case '&':
      return "&amp;";
    case '<':
      return "&lt;";
    case '>':
      return "&gt;";
    case '"':
      return "&quot;";
    case '\'':
      return "&#39;";
    default:
      return {};
  }
}

// Escapes `text` for XML; a byte that XML can not hold becomes '?'.
std::string Escaped(std::string_view text) {
  std::string escaped;
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    const std::string_view entity = EntityOf(text.front());
    if (length == 0) {
      escaped += '?';
    } else if (!entity.empty()) {
      escaped += entity;
    } else {
      escaped += text.substr(0, length);
    }
    text.remove_prefix(std::max<size_t>(length, 1));
  }
  return escaped;
}

// Independent of the locale, unlike printf.
std::string Fixed(double value, int digits) {
  std::array<char, 64> buffer;
  const auto result =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value,
                    std::chars_format::fixed, digits);
  return std::string(buffer.data(), result.ptr);
}

std::string Percent(double value) { return Fixed(value, 4) + "%"; }

size_t ColourOf(std::string_view name) {
  uint64_t hash = 0xcbf29ce484222325;  // FNV-1a
  for (const char c : name) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  }
  return (hash >> 32) % kColours;
}

// From red to yellow, of one lightness.
std::string ColourRules(std::string_view saturation_and_lightness) {
  std::string rules;
  for (size_t i = 0; i < kColours; ++i) {
    rules += "  .c" + std::to_string(i) + "{fill:hsl(" +
             std::to_string(4 + 3 * i) + ",";
    rules += saturation_and_lightness;
    rules += ")}\n";
  }
  return rules;
}

constexpr std::string_view kLightStyle = R"(
  .flame{background:#fff;color-scheme:light dark}
  .flame text,.flame div{font:12px system-ui,sans-serif;fill:#1a1410}
  .flame .title{font-size:17px;font-weight:600}
  .flame .subtitle,.flame div{fill:#5c544d;color:#5c544d}
  .flame input{font:inherit;width:150px;margin-right:8px}
  .page{fill:#fff}
  .frame rect{stroke:#fff;stroke-width:.5}
  .frame text{pointer-events:none;white-space:pre}
  .frame:hover rect{stroke:#1a1410;stroke-width:2}
  .frame.above{opacity:.7}
  .frame.found rect{fill:#c3a6ff}
  .zoomable .frame{cursor:pointer}
)";

constexpr std::string_view kDarkStyle = R"(
  .flame{background:#191613}
  .flame text{fill:#fbf4ec}
  .flame .subtitle,.flame div{fill:#b5aba1;color:#b5aba1}
  .page{fill:#191613}
  .frame rect{stroke:#191613}
  .frame:hover rect{stroke:#fbf4ec}
  .frame.found rect{fill:#6a3fc4}
)";

// Widens a clicked frame and what is below it, and marks what is searched for.
constexpr std::string_view kScript = R"(
(() => {
  const flame = document.currentScript.ownerSVGElement;
  const graph = flame.querySelector('.graph');
  const frames = [...graph.querySelectorAll('.frame')].map(element => {
    const box = element.querySelector('svg');
    const number = name => parseFloat(box.getAttribute(name));
    return {
      element, box, label: box.querySelector('text'),
      name: element.querySelector('title').textContent.split('\n')[0],
      x: number('x'), y: number('y'), width: number('width'),
    };
  });
  const tolerance = 0.001;
  let zoomed = frames[0];

  const place = (frame, x, width) => {
    frame.box.setAttribute('x', x + '%');
    frame.box.setAttribute('width', width + '%');
    const pixels = graph.getBoundingClientRect().width * width / 100;
    frame.label.style.display = pixels < 24 ? 'none' : 'inline';
  };

  const show = () => {
    const end = zoomed.x + zoomed.width;
    for (const frame of frames) {
      const apart = frame.x > end - tolerance ||
          frame.x + frame.width < zoomed.x + tolerance;
      const above = !apart && frame.y < zoomed.y;
      frame.element.style.display = apart ? 'none' : 'inline';
      frame.element.classList.toggle('above', above);
      if (apart) continue;
      if (above) place(frame, 0, 100);
      else place(frame, (frame.x - zoomed.x) / zoomed.width * 100,
                 frame.width / zoomed.width * 100);
    }
  };

  const zoom = frame => {
    zoomed = frame;
    show();
  };

  const matcher = text => {
    try {
      return new RegExp(text, 'i');
    } catch {
      return {test: name => name.includes(text)};
    }
  };

  // Frames come before what is below them, so that no sample counts twice.
  const search = text => {
    const wanted = matcher(text);
    let end = 0, found = 0;
    for (const frame of frames) {
      const match = text !== '' && wanted.test(frame.name);
      frame.element.classList.toggle('found', match);
      if (!match || frame.x < end - tolerance) continue;
      found += frame.width;
      end = frame.x + frame.width;
    }
    return text === '' ? '' : found.toFixed(2) + ' %';
  };

  const addSearchBox = () => {
    const html = name =>
        document.createElementNS('http://www.w3.org/1999/xhtml', name);
    const holder =
        document.createElementNS('http://www.w3.org/2000/svg', 'foreignObject');
    for (const [name, value] of Object.entries({
      x: '100%', y: 8, width: 240, height: 28,
      transform: 'translate(-248)',
    })) holder.setAttribute(name, value);
    const line = html('div'), input = html('input'), share = html('span');
    input.type = 'search';
    input.placeholder = 'search';
    input.addEventListener('input', () => {
      share.textContent = search(input.value);
    });
    line.append(input, share);
    holder.append(line);
    flame.append(holder);
  };

  flame.setAttribute('width', '100%');
  flame.classList.add('zoomable');
  for (const frame of frames) {
    frame.element.addEventListener('click', () => zoom(frame));
  }
  addEventListener('keydown', event => {
    if (event.key === 'Escape') zoom(frames[0]);
  });
  addEventListener('resize', show);
  addSearchBox();
  show();
})();
)";

// Writes the frames of a tree; its root is the first row.
class Drawing {
 public:
  Drawing(const Node& root, std::string& svg)
      : root_(root), rows_(RowsOf(root)), svg_(svg) {}

  size_t height() const { return rows_ * kRowHeight; }
  void Draw() { DrawNode(root_, "all", {.begin = 0, .depth = 0}); }

 private:
  struct Place {
    uint64_t begin;  // in samples
    size_t depth;
  };

  double PercentOf(uint64_t samples) const {
    return 100.0 * static_cast<double>(samples) /
           static_cast<double>(root_.samples);
  }
  double PixelsOf(const Node& node) const {
    return PercentOf(node.samples) / 100 * kNominalWidth *
           (1 - 2 * kSideMargin / 100);
  }
  bool IsWideEnough(const Node& node) const {
    return node.samples > 0 && PixelsOf(node) >= kFrameWidthMin;
  }
  size_t RowsOf(const Node& node) const;
  void DrawNode(const Node& node, std::string_view name, Place place);
  void DrawFrame(const Node& node, std::string_view name, Place place);

  const Node& root_;
  size_t rows_;
  std::string& svg_;
};

size_t Drawing::RowsOf(const Node& node) const {
  if (!IsWideEnough(node)) return 0;
  size_t below = 0;
  for (const auto& [name, child] : node.children) {
    below = std::max(below, RowsOf(*child));
  }
  return below + 1;
}

void Drawing::DrawNode(const Node& node, std::string_view name, Place place) {
  if (!IsWideEnough(node)) return;
  DrawFrame(node, name, place);
  ++place.depth;
  for (const auto& [child_name, child] : node.children) {
    DrawNode(*child, child_name, place);
    place.begin += child->samples;
  }
}

void Drawing::DrawFrame(const Node& node, std::string_view name, Place place) {
  const double percent = PercentOf(node.samples);
  svg_ += "<g class=\"frame\"><title>" + Escaped(name) + "\n" +
          std::to_string(node.samples) + " samples, " + Fixed(percent, 2) +
          " %</title><svg x=\"" + Percent(PercentOf(place.begin)) + "\" y=\"" +
          std::to_string(place.depth * kRowHeight) + "\" width=\"" +
          Percent(percent) + "\" height=\"" + std::to_string(kRowHeight - 1) +
          "\"><rect class=\"c" + std::to_string(ColourOf(name)) +
          "\" width=\"100%\" height=\"100%\"/><text x=\"4\" y=\"13\"";
  if (PixelsOf(node) < kLabelWidthMin) svg_ += " display=\"none\"";
  svg_ += ">" + Escaped(ShortName(name)) + "</text></svg></g>\n";
}

std::string HeadOf(size_t height, std::string_view title,
                   std::string_view subtitle) {
  std::string head =
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"flame\" width=\"" +
      Fixed(kNominalWidth, 0) + "\" height=\"" + std::to_string(height) +
      "\">\n<title>" + Escaped(title) + "</title>\n<style>";
  head += kLightStyle;
  head += ColourRules("88%,70%");
  head += "@media (prefers-color-scheme:dark){";
  head += kDarkStyle;
  head += ColourRules("60%,30%");
  head +=
      "}\n</style>\n<rect class=\"page\" width=\"100%\" height=\"100%\"/>\n"
      "<text class=\"title\" x=\"" +
      Percent(kSideMargin) + "\" y=\"26\">" + Escaped(title) + "</text>\n";
  return head + "<text class=\"subtitle\" x=\"" + Percent(kSideMargin) +
         "\" y=\"46\">" + Escaped(subtitle) + "</text>\n";
}

std::string EmptyGraph(std::string_view title, std::string_view subtitle) {
  return HeadOf(kHeadHeight + kRowHeight + kFootHeight, title, subtitle) +
         "<text x=\"" + Percent(kSideMargin) +
         "\" y=\"73\">no samples</text>\n"
         "</svg>\n";
}

}  // namespace

std::string FlameGraphSvg(const std::vector<FoldedStack>& stacks,
                          std::string_view title, std::string_view subtitle) {
  Node root;
  for (const FoldedStack& stack : stacks) AddStack(stack, root);
  if (root.samples == 0) return EmptyGraph(title, subtitle);
  std::string frames;
  Drawing drawing(root, frames);
  drawing.Draw();
  std::string svg =
      HeadOf(kHeadHeight + drawing.height() + kFootHeight, title, subtitle);
  svg += "<svg class=\"graph\" x=\"" + Percent(kSideMargin) + "\" y=\"" +
         std::to_string(kHeadHeight) + "\" width=\"" +
         Percent(100 - 2 * kSideMargin) + "\" height=\"" +
         std::to_string(drawing.height()) + "\">\n" + frames + "</svg>\n";
  svg += "<script><![CDATA[";
  svg += kScript;
  return svg + "]]></script>\n</svg>\n";
}

}  // namespace tollgate::bench
