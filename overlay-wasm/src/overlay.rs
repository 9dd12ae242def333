//! The one owner of the state. Everything that happens asks for a frame, and the frame draws what is there then.

mod drawing;
mod telling;

use std::cell::RefCell;
use std::collections::HashMap;

use gloo::events::EventListener;
use gloo::render::AnimationFrame;
use gloo::timers::callback::Timeout;
use gloo::utils::window;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::spawn_local;
use web_sys::Element;

use crate::address;
use crate::ask::{Failure, rows};
use crate::asked::{Asked, Mode};
use crate::boxes::{Bands, Boxes};
use crate::frame::{Frame, Wish};
use crate::reach::{bands, lines};
use crate::rows::{ClickRow, ElementRow, ReachRow};
use crate::shell::Shell;
use crate::toolbar::{Act, Toolbar};
use crate::watch::{Change, Watch};
use crate::words::NO_TOKEN;

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
}
