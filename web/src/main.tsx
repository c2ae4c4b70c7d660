import { render } from 'preact';
import './style/fonts.css';
import './style/base.css';
import './style/home.css';
import { App } from './app';
import { applyPrefs, prefs } from './i18n';

applyPrefs();
prefs.listen(applyPrefs);
render(<App />, document.getElementById('app')!);
