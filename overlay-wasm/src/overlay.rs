//! The one owner of the state. Everything that happens asks for a frame, and the frame draws what is there then.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};

use gloo::events::EventListener;
use gloo::render::{AnimationFrame, request_animation_frame};
use gloo::timers::callback::Timeout;
use gloo::utils::window;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

use crate::address;
use crate::anchor::place;
use crate::ask::{Failure, rows};
use crate::asked::{Asked, MOST_ROWS, Mode};
use crate::boxes::{Bands, Boxes};
use crate::density::{Field, peak, value};
use crate::find::{areas, find};
use crate::frame::{Frame, Told, Wish};
use crate::reach::{bands, lines};
use crate::rows::{ClickRow, ElementRow, ReachRow};
use crate::shell::Shell;
use crate::toolbar::{Act, Row, Toolbar};
use crate::watch::{Change, Watch};
use crate::words::{NO_TOKEN, count, percent, things};

/// Elements are looked up at most so often: some pages change all the time.
const SEARCH_MS: u32 = 200;
/// Labels in a page that is shown smaller than so would cover it.
const SMALLEST_SCALE: f64 = 0.3;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = warn)]
    fn console_warn(who: &str, what: &JsValue);
}

thread_local! {
    static OVERLAY: RefCell<Option<Overlay>> = const { RefCell::new(None) };
}

struct Overlay {
    shell: Shell,
    /// Without one the dashboard around has the controls.
    toolbar: Option<Toolbar>,
    frame: Option<Frame>,
    watch: Watch,
    _wishes: Vec<EventListener>,
    base: String,
    token: Option<String>,
    asked: Asked,
    /// Of the page that is shown.
    path: String,
    /// Answers to older questions come too late.
    question: u32,
    /// `loading`, `shown`, `empty`, `failed`, or `locked` where there is no token that is of use.
    state: &'static str,
    words: String,
    drawn: Drawn,
    names: Vec<String>,
    /// The elements of each name.
    found: Vec<Vec<Element>>,
    frame_due: Option<AnimationFrame>,
    search_due: Option<Timeout>,
    /// Elements have to be looked up again.
    stale: bool,
    /// The peak has to be found again.
    moved: bool,
    peak: f64,
}

/// What came, in the form in which it is drawn.
enum Drawn {
    Nothing,
    Clicks {
        rows: Vec<ClickRow>,
        /// Position of each row's name in [`Overlay::names`].
        name_of: Vec<usize>,
    },
    Elements {
        rows: Vec<ElementRow>,
        boxes: Boxes,
    },
    Reach {
        bands: Bands,
        pages: u64,
    },
}

/// Rows as they came.
enum Answer {
    Clicks(Vec<ClickRow>),
    Elements(Vec<ElementRow>),
    Reach(Vec<ReachRow>),
}

/// For the person who opened the overlay.
pub(crate) fn warn(words: &str) {
    console_warn("clickpath:", &JsValue::from_str(words));
}

pub(crate) fn check(done: Result<(), JsValue>) {
    if let Err(error) = done {
        console_warn("clickpath:", &error);
    }
}

/// Puts the overlay on the page; nothing where it is there already.
pub(crate) fn open(base: String) -> Result<(), JsValue> {
    if OVERLAY.with_borrow(Option::is_some) {
        return Ok(());
    }
    let given = address::take()?;
    let shell = Shell::new()?;
    let frame = Frame::new(given.frame);
    let asked = Asked::in_window(shell.viewport().width).with(
        given.mode.as_deref(),
        given.device.as_deref(),
        given.period.as_deref(),
    );
    let toolbar = match frame {
        Some(_) => {
            shell.layer.set_class_name("layer framed");
            None
        }
        None => Some(Toolbar::new(&shell.root, |act| with(|overlay| overlay.act(act)))?),
    };
    let wishes = match &frame {
        Some(frame) => frame.listen(|wish| with(|overlay| overlay.wished(&wish))).into(),
        None => Vec::new(),
    };
    let watch = Watch::new(|change| with(|overlay| overlay.changed(change)))?;
    let mut overlay = Overlay {
        shell,
        toolbar,
        frame,
        watch,
        _wishes: wishes,
        base,
        token: given.token,
        asked,
        path: window().location().pathname()?,
        question: 0,
        state: "loading",
        words: String::new(),
        drawn: Drawn::Nothing,
        names: Vec::new(),
        found: Vec::new(),
        frame_due: None,
        search_due: None,
        stale: false,
        moved: false,
        peak: 0.0,
    };
    overlay.watch.follow(std::iter::empty());
    overlay.ask()?;
    OVERLAY.set(Some(overlay));
    Ok(())
}

/// Where the overlay is at work already, what happens is of its own making.
fn with(work: impl FnOnce(&mut Overlay) -> Result<(), JsValue>) {
    OVERLAY.with(|overlay| {
        if let Ok(mut overlay) = overlay.try_borrow_mut()
            && let Some(overlay) = overlay.as_mut()
        {
            check(work(overlay));
        }
    });
}

impl Overlay {
    fn act(&mut self, act: Act) -> Result<(), JsValue> {
        match act {
            Act::Ask(asked) => {
                self.asked = asked;
                self.ask()
            }
            Act::Again => self.ask(),
            Act::Close => {
                address::forget();
                // Not from within one of its own listeners.
                Timeout::new(0, || drop(OVERLAY.take())).forget();
                Ok(())
            }
        }
    }

    fn wished(&mut self, wish: &Wish) -> Result<(), JsValue> {
        if let Some(scale) = wish.scale {
            return self.scaled(scale);
        }
        self.asked = self
            .asked
            .with(wish.mode.as_deref(), wish.device.as_deref(), wish.period.as_deref());
        self.ask()
    }

    /// Labels are as large on the screen as without a frame, as far as the smallest scale allows.
    fn scaled(&mut self, scale: f64) -> Result<(), JsValue> {
        let scale = scale.clamp(SMALLEST_SCALE, 1.0);
        let style = self.shell.layer.style();
        style.set_property("--scale", &scale.to_string())?;
        if let Drawn::Elements { boxes, .. } = &mut self.drawn {
            boxes.measure();
        }
        self.draw_soon();
        Ok(())
    }

    fn changed(&mut self, change: Change) -> Result<(), JsValue> {
        match change {
            Change::Scrolled => {}
            Change::Moved => self.moved = true,
            Change::Changed => {
                self.moved = true;
                self.stale = true;
            }
        }
        self.draw_soon();
        Ok(())
    }

    fn ask(&mut self) -> Result<(), JsValue> {
        self.question += 1;
        if let Some(toolbar) = &self.toolbar {
            toolbar.asked(self.asked)?;
        }
        let Some(token) = self.token.clone() else {
            return self.clear("locked", NO_TOKEN.to_owned());
        };
        self.state = "loading";
        self.words = "Asking…".to_owned();
        self.say()?;
        let (question, asked) = (self.question, self.asked);
        let address = format!("{}reports/{}", self.base, asked.mode.metric());
        let parameters = asked.parameters(&self.path);
        spawn_local(async move {
            let answer = match asked.mode {
                Mode::Clicks => rows(&address, &parameters, &token).await.map(Answer::Clicks),
                Mode::Views | Mode::Ctr => rows(&address, &parameters, &token).await.map(Answer::Elements),
                Mode::Scroll => rows(&address, &parameters, &token).await.map(Answer::Reach),
            };
            with(|overlay| match overlay.question == question {
                true => overlay.answered(answer),
                false => Ok(()),
            });
        });
        Ok(())
    }

    fn answered(&mut self, answer: Result<Answer, Failure>) -> Result<(), JsValue> {
        let answer = match answer {
            Ok(answer) => answer,
            Err(failure) if failure.token_ended => {
                address::forget();
                self.token = None;
                return self.clear("locked", failure.words);
            }
            Err(failure) => return self.clear("failed", failure.words),
        };
        self.clear("shown", String::new())?;
        match answer {
            Answer::Clicks(rows) => {
                let mut places = HashMap::new();
                let mut name_of = Vec::with_capacity(rows.len());
                for row in &rows {
                    let next = places.len();
                    let place = *places.entry(row.element_id.clone()).or_insert(next);
                    if place == next {
                        self.names.push(row.element_id.clone());
                    }
                    name_of.push(place);
                }
                self.drawn = Drawn::Clicks { rows, name_of };
            }
            Answer::Elements(rows) => {
                self.names = rows.iter().map(|row| row.element_id.clone()).collect();
                let boxes = Boxes::new(&rows, self.asked.mode, &self.shell.layer)?;
                self.drawn = Drawn::Elements { rows, boxes };
            }
            Answer::Reach(rows) => {
                let pages = rows.first().map_or(0, |row| row.pages);
                let bands = Bands::new(bands(&rows), lines(&rows), &self.shell.layer)?;
                self.drawn = Drawn::Reach { bands, pages };
            }
        }
        self.search()?;
        self.draw_soon();
        Ok(())
    }

    /// Shows nothing but words.
    fn clear(&mut self, state: &'static str, words: String) -> Result<(), JsValue> {
        self.drawn = Drawn::Nothing;
        self.names.clear();
        self.found.clear();
        self.shell.layer.set_text_content(None);
        self.shell.paint(None)?;
        if let Some(toolbar) = &self.toolbar {
            toolbar.list(&[], &[])?;
        }
        self.state = state;
        self.words = words;
        self.say()
    }

    fn draw_soon(&mut self) {
        if self.frame_due.is_none() {
            self.frame_due = Some(request_animation_frame(|_| with(Self::draw)));
        }
    }

    /// Looks the elements up, and lists them.
    fn search(&mut self) -> Result<(), JsValue> {
        self.stale = false;
        self.moved = true;
        self.found = find(&self.names);
        self.watch
            .follow(self.found.iter().filter_map(|elements| elements.first()));
        self.list()
    }

    fn search_soon(&mut self) {
        if self.search_due.is_some() {
            return;
        }
        let search = |overlay: &mut Self| {
            overlay.search_due = None;
            overlay.search()?;
            overlay.draw_soon();
            Ok(())
        };
        self.search_due = Some(Timeout::new(SEARCH_MS, move || with(search)));
    }

    fn draw(&mut self) -> Result<(), JsValue> {
        self.frame_due = None;
        let path = window().location().pathname()?;
        if path != self.path {
            self.path = path;
            return self.ask();
        }
        if std::mem::take(&mut self.stale) {
            self.search_soon();
        }
        let viewport = self.shell.viewport();
        let moved = std::mem::take(&mut self.moved);
        match &self.drawn {
            Drawn::Nothing => return Ok(()),
            Drawn::Clicks { rows, name_of } => {
                let page = self.shell.page();
                let boxes: Vec<_> = self.found.iter().map(|elements| areas(elements)).collect();
                let placed = |(row, name): (&ClickRow, &usize)| {
                    let boxes = boxes.get(*name).map_or(&[][..], Vec::as_slice);
                    place(row, boxes, page)
                };
                let points: Vec<_> = rows.iter().zip(name_of).map(placed).collect();
                let lost: u64 = rows
                    .iter()
                    .zip(&points)
                    .filter(|(_, point)| point.is_none())
                    .map(|(row, _)| row.clicks)
                    .sum();
                let points: Vec<_> = points.into_iter().flatten().collect();
                if moved {
                    self.peak = peak(&points);
                }
                let field = Field::of(&points, viewport.width, viewport.height);
                self.shell.paint(Some((&field, self.peak)))?;
                self.words = click_words(rows, self.names.len(), lost);
            }
            Drawn::Elements { rows, boxes } => {
                boxes.draw(&self.found, viewport)?;
                self.words = element_words(rows, &self.found, self.asked.mode);
            }
            Drawn::Reach { bands, pages } => {
                bands.draw(self.shell.page_height(), self.shell.page().scroll_y, viewport)?;
                self.words = format!(
                    "{} whose end is known, by how far down the page was in sight.",
                    things(*pages, "visit")
                );
            }
        }
        let is_empty = match &self.drawn {
            Drawn::Clicks { rows, .. } => rows.is_empty(),
            Drawn::Elements { rows, .. } => rows.iter().all(|row| row.seen == 0),
            Drawn::Reach { pages, .. } => *pages == 0,
            Drawn::Nothing => true,
        };
        self.state = if is_empty { "empty" } else { "shown" };
        if is_empty {
            let what = match self.asked.mode {
                Mode::Clicks => "clicks",
                Mode::Views | Mode::Ctr => "views of elements",
                Mode::Scroll => "visits whose end is known",
            };
            let (period, device) = (self.asked.period.label(), self.asked.device.label());
            self.words = format!("No {what} on {} in {period} ({device}).", self.path);
        }
        self.say()
    }

    /// What the colours mean: the low end, the middle and the high one.
    fn scale(&self) -> Vec<String> {
        if self.state != "shown" {
            return Vec::new();
        }
        match (&self.drawn, self.asked.mode) {
            (Drawn::Clicks { .. }, _) => {
                let tick = |level| count(value(level, self.peak));
                vec!["0".to_owned(), tick(0.5), format!("{} clicks", tick(1.0))]
            }
            (Drawn::Elements { boxes, .. }, Mode::Ctr) => {
                [0.0, 0.5, 1.0].map(|level| percent(value(level, boxes.most))).into()
            }
            (Drawn::Elements { boxes, .. }, _) => {
                let tick = |level| count(value(level, boxes.most));
                vec!["0".to_owned(), tick(0.5), format!("{} views", tick(1.0))]
            }
            (Drawn::Reach { .. }, _) => ["0 %", "50 %", "100 %"].map(str::to_owned).into(),
            (Drawn::Nothing, _) => Vec::new(),
        }
    }

    fn say(&mut self) -> Result<(), JsValue> {
        let scale = self.scale();
        if let Some(toolbar) = &self.toolbar {
            toolbar.say(self.state, &self.words, &scale)?;
        }
        let Some(frame) = &mut self.frame else { return Ok(()) };
        let missing = self.names.iter().zip(&self.found);
        let missing: HashSet<&str> = missing
            .filter(|(_, elements)| elements.is_empty())
            .map(|(name, _)| name.as_str())
            .collect();
        let mut missing: Vec<&str> = missing.into_iter().collect();
        missing.sort_unstable();
        frame.tell(Told {
            clickpath: "",
            path: &self.path,
            mode: self.asked.mode.name(),
            state: self.state,
            words: &self.words,
            scale: &scale,
            missing,
        })
    }

    fn list(&self) -> Result<(), JsValue> {
        let Some(toolbar) = &self.toolbar else { return Ok(()) };
        let gone = |index: usize| self.found.get(index).is_none_or(Vec::is_empty);
        match &self.drawn {
            Drawn::Clicks { rows, name_of } => {
                let mut clicks = vec![0_u64; self.names.len()];
                for (row, name) in rows.iter().zip(name_of) {
                    clicks[*name] += row.clicks;
                }
                let mut order: Vec<usize> = (0..clicks.len()).collect();
                order.sort_by(|one, other| clicks[*other].cmp(&clicks[*one]));
                let row = |index: usize| Row {
                    name: self.names[index].clone(),
                    cells: vec![count(clicks[index] as f64)],
                    gone: gone(index),
                };
                let rows: Vec<Row> = order.into_iter().map(row).collect();
                toolbar.list(&["Element", "Clicks"], &rows)
            }
            Drawn::Elements { rows, .. } => {
                let row = |(index, row): (usize, &ElementRow)| Row {
                    name: row.element_id.clone(),
                    cells: vec![
                        count(row.seen as f64),
                        count(row.clicked as f64),
                        row.ctr.map_or_else(|| "–".to_owned(), percent),
                    ],
                    gone: gone(index),
                };
                let rows: Vec<Row> = rows.iter().enumerate().map(row).collect();
                toolbar.list(&["Element", "Seen", "Clicked", "CTR"], &rows)
            }
            Drawn::Reach { .. } | Drawn::Nothing => toolbar.list(&[], &[]),
        }
    }
}

fn click_words(rows: &[ClickRow], elements: usize, lost: u64) -> String {
    let clicks = rows.iter().map(|row| row.clicks).sum();
    let mut words = format!("{} on {}.", things(clicks, "click"), things(elements as u64, "element"));
    if lost > 0 {
        words += &format!(
            " {} not placed: what was clicked is not shown now.",
            things(lost, "click")
        );
    }
    if rows.len() >= MOST_ROWS {
        words += " Only the most clicked places.";
    }
    words
}

fn element_words(rows: &[ElementRow], found: &[Vec<Element>], mode: Mode) -> String {
    let seen = rows.iter().filter(|row| row.seen > 0).count();
    let lost = rows
        .iter()
        .zip(found)
        .filter(|(row, elements)| row.seen > 0 && elements.is_empty())
        .count();
    let mut words = match mode {
        Mode::Ctr => format!(
            "Of the sessions that saw an element, those that clicked it, with the 95 % interval. {} seen.",
            things(seen as u64, "element")
        ),
        _ => format!("Sessions that saw each of {}.", things(seen as u64, "element")),
    };
    if lost > 0 {
        words += &format!(" {} not on the page now.", things(lost as u64, "element"));
    }
    words
}
