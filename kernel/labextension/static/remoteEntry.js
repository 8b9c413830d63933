// Shows what a cell goes on printing after the page was reloaded.
//
// JupyterLab and Notebook 7 forget at a reload which cells run, and drop what such cells print
// from then on. The kernel names the cell in every message (`metadata.cell_id`); with
// that the messages find their cell again.
//
// A message is taken only if no living page has asked for it. Every page holds a lock of the
// browser named after each connection to a kernel that it makes, and takes the lock of an unknown
// connection to know that its page is gone. So a second page on the same notebook is left alone,
// and of two pages that could take over only one does.
//
// This is a prebuilt extension, written by hand: no build step, no dependency, nothing sent anywhere.
(() => {
  'use strict';

  const NAME = 'rust-kernel-live';

  // ---- Whose messages these are -------------------------------------------------------------

  const lockName = session => `${NAME}:${session}`;

  // Session of a connection -> 'own', 'taken' over, 'foreign', or the messages that wait for
  // the answer.
  const sessions = new Map();

  // Without locks (a server that is reached by plain HTTP) a page knows only what it, before
  // its own reload, has asked for: the browser keeps that per tab.
  const locks = window.isSecureContext ? navigator.locks : undefined;
  const remembered = () => JSON.parse(window.sessionStorage.getItem(NAME) ?? '[]');

  function claimOwn(session) {
    if (!session || sessions.get(session) === 'own') {
      return;
    }
    sessions.set(session, 'own');
    if (locks) {
      void locks.request(lockName(session), () => new Promise(() => {}));
    } else {
      // The last few will do: a tab seldom has more notebooks open.
      const known = [...remembered(), session].slice(-50);
      window.sessionStorage.setItem(NAME, JSON.stringify(known));
    }
  }

  // Calls `apply`, now or soon, if the page that made this connection is gone.
  function whenOrphaned(session, apply) {
    const state = sessions.get(session);
    if (state === 'taken') {
      apply();
    } else if (Array.isArray(state)) {
      state.push(apply);
    } else if (state === undefined) {
      ask(session, apply);
    }
  }

  function ask(session, apply) {
    if (!locks) {
      sessions.set(session, remembered().includes(session) ? 'taken' : 'foreign');
      whenOrphaned(session, apply);
      return;
    }
    const waiting = [apply];
    sessions.set(session, waiting);
    void locks.request(lockName(session), { ifAvailable: true }, lock => {
      sessions.set(session, lock ? 'taken' : 'foreign');
      if (!lock) {
        // Its page lives, but may be closed later: then the answer is another.
        window.setTimeout(() => sessions.delete(session), 1000);
        return undefined;
      }
      waiting.forEach(guarded);
      return new Promise(() => {});
    });
  }

  // ---- One cell's run --------------------------------------------------------------------------

  // What a page shows of a run that it has not started.
  class Run {
    constructor(cell) {
      this.cell = cell;
      this.places = new Map(); // display_id -> place among the outputs
      // What was stored is of an earlier run, or of this run's beginning.
      cell.outputs.clear();
      // As after a run by hand: these outputs come from the reader's own kernel.
      cell.trusted = true;
      cell.executionState = 'running';
    }

    add(message) {
      const { content } = message;
      switch (message.header.msg_type) {
        case 'display_data':
        case 'execute_result':
        case 'update_display_data':
          this.display(message.header.msg_type, content);
          break;
        case 'stream':
        case 'error':
          this.cell.outputs.add({ ...content, output_type: message.header.msg_type });
          break;
        case 'clear_output':
          this.places.clear();
          this.cell.outputs.clear(content.wait);
          break;
        case 'status':
          this.cell.executionState = content.execution_state === 'idle' ? 'idle' : 'running';
          break;
      }
      if (content.execution_count) {
        this.cell.executionCount = content.execution_count;
      }
    }

    display(kind, content) {
      const { transient, ...output } = content;
      const id = transient?.display_id;
      output.output_type = kind === 'execute_result' ? kind : 'display_data';
      const { outputs } = this.cell;
      const place = this.places.get(id);
      if (kind === 'update_display_data' && place !== undefined) {
        outputs.set(place, output);
        return;
      }
      outputs.add(output);
      if (id) {
        this.places.set(id, outputs.length - 1);
      }
    }
  }

  // ---- One notebook ---------------------------------------------------------------------------

  function watch(panel) {
    const { sessionContext } = panel;
    const runs = new Map(); // id of the request -> its run

    const own = () => claimOwn(sessionContext.session?.kernel?.clientId);
    own();
    sessionContext.kernelChanged.connect(own);

    const begin = message => {
      const id = message.metadata.cell_id;
      const cells = [...(panel.content.model?.cells ?? [])];
      const cell = cells.find(cell => cell.id === id && cell.type === 'code');
      // With its end alone there is nothing to show, and what is stored stays.
      if (!cell || message.content.execution_state === 'idle') {
        return undefined;
      }
      // Only a cell's latest run may write there.
      for (const [request, run] of runs) {
        if (run.cell === cell) {
          runs.delete(request);
        }
      }
      return new Run(cell);
    };

    const apply = message => {
      const request = message.parent_header.msg_id;
      const run = runs.get(request) ?? begin(message);
      if (!run) {
        return;
      }
      runs.set(request, run);
      run.add(message);
      if (message.content.execution_state === 'idle') {
        runs.delete(request);
      }
    };

    sessionContext.iopubMessage.connect((_, message) => guarded(() => {
      own();
      const session = message.parent_header?.session;
      if (session && message.metadata?.cell_id && panel.context.isReady) {
        whenOrphaned(session, () => apply(message));
      }
    }));
  }

  // ---- What JupyterLab wants --------------------------------------------------------------------

  let complained = false;

  // An error here must not trouble the notebook; it is told once.
  function guarded(act) {
    try {
      act();
    } catch (error) {
      if (!complained) {
        complained = true;
        console.error(`${NAME}:`, error);
      }
    }
  }

  const plugin = notebook => ({
    id: `${NAME}:plugin`,
    description: 'Shows what a cell goes on printing after the page was reloaded.',
    autoStart: true,
    requires: [notebook.INotebookTracker],
    activate: (_, tracker) => {
      tracker.forEach(panel => guarded(() => watch(panel)));
      tracker.widgetAdded.connect((_, panel) => guarded(() => watch(panel)));
    },
  });

  // JupyterLab's own copy of a package, as bundlers share it: name -> version -> how to get it.
  async function shared(scope, name) {
    const [copy] = Object.values(scope[name] ?? {});
    if (!copy) {
      throw new Error(`${NAME}: JupyterLab shares no ${name}`);
    }
    return (await copy.get())();
  }

  let scope = {};
  window._JUPYTERLAB = window._JUPYTERLAB ?? {};
  window._JUPYTERLAB[NAME] = {
    init: shareScope => {
      scope = shareScope;
    },
    get: async () => {
      const made = plugin(await shared(scope, '@jupyterlab/notebook'));
      return () => ({ __esModule: true, default: made });
    },
  };
})();
