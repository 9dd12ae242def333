//! `cargo xtask superset`: a real Superset, our bundle in it, and every chart's number beside the report's. Minutes, and about 1 GB in the
//! cache folder, so that it runs by night and not in every run of continuous integration.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, bail, ensure};

use crate::{overlay, setup, tracker, web, workspace};

const PASSWORD: &str = "only-on-this-machine";
const PATIENCE: Duration = Duration::from_secs(180);

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Folder for the pictures of the dashboards.
    #[arg(long, default_value = "target/superset")]
    pictures: PathBuf,
    /// Events of the generated month.
    #[arg(long, default_value_t = 20_000)]
    events: u32,
}

pub(crate) fn run(arguments: &Arguments) -> anyhow::Result<()> {
    setup::for_testing()?;
    let programs = install()?;
    tracker::build(workspace::root())?;
    overlay::build(workspace::root())?;
    web::build(workspace::root())?;
    workspace::run(&mut workspace::command(&["cargo", "build", "--package", "clickpath"]))?;
    let built = workspace::target()?.join("debug/clickpath");
    let folder = workspace::target()?.join("superset-run");
    if folder.exists() {
        fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))?;
    }
    fs::create_dir_all(&folder)?;
    // The same program from beginning to end, whatever is built meanwhile.
    let clickpath = folder.join("clickpath");
    fs::copy(&built, &clickpath).with_context(|| format!("cannot copy {}", built.display()))?;
    let (gateway, warehouse, superset) = (free_port()?, free_port()?, free_port()?);
    let up = start_clickpath(&clickpath, &folder, gateway, warehouse)?;
    generate(&clickpath, &folder, gateway, arguments.events)?;
    let server = start_superset(&programs, &folder, superset)?;
    let provision = || {
        let mut command = Command::new(&clickpath);
        command
            .args(["dashboards", "provision", "superset", "--url", &local(superset)])
            .args(["--source-host", "127.0.0.1", "--source-port", &warehouse.to_string()])
            .env("SUPERSET_ADMIN_PASSWORD", PASSWORD);
        workspace::run(&mut command)
    };
    provision()?;
    let first = snapshot(&programs, &folder)?;
    provision()?;
    let second = snapshot(&programs, &folder)?;
    let changed: Vec<_> = second.lines().filter(|line| !first.contains(line)).collect();
    ensure!(first == second, "the second import changed rows: {changed:#?}");
    let lines = first.lines().count();
    ensure!(lines > 100, "the import brought {lines} rows only");
    say(&format!("a second import changed none of {lines} rows"));
    let script = workspace::root().join("xtask/src/superset/look.mjs");
    let mut look = Command::new("node");
    look.arg(script)
        .arg(workspace::root())
        .args([local(superset), local(gateway)])
        .arg(workspace::root().join(&arguments.pictures))
        .env("SUPERSET_PASSWORD", PASSWORD);
    workspace::run(&mut look)?;
    drop((server, up));
    fs::remove_dir_all(&folder).with_context(|| format!("cannot remove {}", folder.display()))
}

/// Ends with its guard.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        if let Err(error) = self.0.kill().and_then(|()| self.0.wait()) {
            say(&format!("a process of this check may still run: {error}"));
        }
    }
}

/// Where the virtual environment's programs lie; made when it is not there or of other requirements.
fn install() -> anyhow::Result<PathBuf> {
    let folder = workspace::cache()?.join("superset");
    let (environment, mark) = (folder.join("venv"), folder.join("requirements.txt"));
    let requirements = workspace::root().join("xtask/src/superset/requirements.txt");
    let wanted = fs::read_to_string(&requirements).context("requirements.txt")?;
    let programs = environment.join("bin");
    if fs::read_to_string(&mark).is_ok_and(|there| there == wanted) {
        return Ok(programs);
    }
    fs::create_dir_all(&folder)?;
    workspace::run(Command::new("python3").args(["-m", "venv"]).arg(&environment))?;
    let mut pip = Command::new(programs.join("pip"));
    workspace::run(pip.args(["install", "--quiet", "--requirement"]).arg(&requirements))?;
    fs::write(mark, wanted)?;
    Ok(programs)
}

fn start_clickpath(clickpath: &Path, folder: &Path, gateway: u16, warehouse: u16) -> anyhow::Result<Running> {
    let log = fs::File::create(folder.join("clickpath.log"))?;
    let mut command = Command::new(clickpath);
    command
        .args(["up", "--listen", &format!("127.0.0.1:{gateway}")])
        .args(["--warehouse-listen", &format!("127.0.0.1:{warehouse}")])
        .arg("--data-dir")
        .arg(folder.join("data"))
        .current_dir(folder)
        .stderr(log)
        .stdout(Stdio::null());
    let running = Running(command.spawn().context("clickpath up")?);
    wait_for(&format!("{}/health/ready", local(gateway)))?;
    Ok(running)
}

fn generate(clickpath: &Path, folder: &Path, gateway: u16, events: u32) -> anyhow::Result<()> {
    let key = fs::read_to_string(folder.join("data/trusted.key")).context("the trusted key")?;
    let mut command = Command::new(clickpath);
    command
        .args([
            "generate",
            "--rate",
            "0",
            "--span",
            "30d",
            "--count",
            &events.to_string(),
        ])
        .args(["--gateway-url", &local(gateway), "--trusted-key", key.trim()]);
    workspace::run(&mut command)
}

fn start_superset(programs: &Path, folder: &Path, port: u16) -> anyhow::Result<Running> {
    let config = folder.join("superset_config.py");
    let database = folder.join("superset.db");
    let settings = format!(
        "SECRET_KEY = \"{PASSWORD}-0123456789\"\nSQLALCHEMY_DATABASE_URI = \"sqlite:///{}?check_same_thread=false\"\n\
         FEATURE_FLAGS = {{\"ENABLE_TEMPLATE_PROCESSING\": True}}\nTALISMAN_ENABLED = False\n\
         # A busy machine is no error.\nSUPERSET_WEBSERVER_TIMEOUT = 300\n",
        database.display()
    );
    fs::write(&config, settings)?;
    let program = |name: &str| -> anyhow::Result<Command> {
        let log = fs::File::options()
            .create(true)
            .append(true)
            .open(folder.join("superset.log"))?;
        let mut command = Command::new(programs.join(name));
        command
            .env("SUPERSET_CONFIG_PATH", &config)
            .env("FLASK_APP", "superset")
            .stdout(log.try_clone()?)
            .stderr(log);
        Ok(command)
    };
    workspace::run(program("superset")?.args(["db", "upgrade"]))?;
    let administrator = [
        "fab",
        "create-admin",
        "--username",
        "admin",
        "--firstname",
        "Click",
        "--lastname",
        "Path",
    ];
    let address = ["--email", "admin@example.org", "--password", PASSWORD];
    workspace::run(program("superset")?.args(administrator).args(address))?;
    workspace::run(program("superset")?.arg("init"))?;
    let mut server = program("gunicorn")?;
    server
        .args([
            "--workers",
            "1",
            "--threads",
            "8",
            "--worker-class",
            "gthread",
            "--timeout",
            "120",
        ])
        .args(["--bind", &format!("127.0.0.1:{port}"), "superset.app:create_app()"]);
    let running = Running(server.spawn().context("gunicorn")?);
    wait_for(&format!("{}/health", local(port)))?;
    Ok(running)
}

fn snapshot(programs: &Path, folder: &Path) -> anyhow::Result<String> {
    let script = workspace::root().join("xtask/src/superset/snapshot.py");
    let output = Command::new(programs.join("python"))
        .arg(script)
        .arg(folder.join("superset.db"))
        .output()?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).context("snapshot")
}

fn wait_for(url: &str) -> anyhow::Result<()> {
    let end = Instant::now() + PATIENCE;
    while Instant::now() < end {
        let answer = Command::new("curl")
            .args(["--fail", "--silent", "--output", "/dev/null", url])
            .status()?;
        if answer.success() {
            return Ok(());
        }
        sleep(Duration::from_millis(200));
    }
    bail!("{url} did not answer within {PATIENCE:?}")
}

/// A port that was free a moment ago.
fn free_port() -> anyhow::Result<u16> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    Ok(listener.local_addr()?.port())
}

fn local(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

#[expect(clippy::print_stdout, reason = "a build tool talks to the terminal")]
fn say(line: &str) {
    println!("{line}");
}
